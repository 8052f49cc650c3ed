"""Given names, family names and places of the demonstration, in Arabic and in the spellings one meets in registers.

Each row: the Arabic form, then spellings by French, Dutch and English habit; ``_`` stands for a space. Single names are
common ones; every person made of them is fictitious. Written for this project from general knowledge.
"""

from __future__ import annotations

from dataclasses import dataclass

_MEN = """
محمد Mohamed Mohammed Muhammad Mohamad Mohammad
أحمد Ahmed Ahmad Achmed Ahmet
يوسف Youssef Yousef Yusuf Yousouf Joesoef
عبد_القادر Abdelkader Abd_El_Kader Abdulqadir Abdelqader
عبد_الله Abdallah Abdellah Abdullah Abdoullah
عبد_الرحمان Abderrahmane Abdurrahman Abd_Errahman Abderrahman
عبد_الكريم Abdelkrim Abdelkarim Abdulkarim Abd_El_Krim
عبد_العزيز Abdelaziz Abdulaziz Abd_El_Aziz
حسن Hassan Hasan Hassane
حسين Hussein Houssein Hoessein Husayn Houcine
رشيد Rachid Rashid Rasjid Rachide
كريم Karim Kareem Carim
سعيد Said Saïd Saeed Sayid
خالد Khalid Khaled Chalid Kaled
عمر Omar Umar Oumar Omer
علي Ali Aly Alie
مصطفى Mustapha Mostafa Mustafa Moustapha Moestafa
إبراهيم Ibrahim Brahim Ebrahim Ibraheem
إسماعيل Ismail Smail Ismaïl Ismael
نور_الدين Noureddine Nordin Nouredine Nur_Al_Din Nordine
عز_الدين Azzedine Ezzeddine Azedine Izz_Al_Din
جمال Jamal Djamal Gamal Jamel
هشام Hicham Hisham Hichem Hisjam
طارق Tarik Tariq Tarek Tarique
ياسين Yassine Yassin Yasin Jassin
أيوب Ayoub Ayyub Ajoub Ayub
زكرياء Zakaria Zakariya Zakarya Zacharia
بلال Bilal Belal Billal Bilel
سفيان Soufiane Sofian Sufyan Soufian
منير Mounir Munir Moenir Mouneer
فؤاد Fouad Fuad Foead Foued
إدريس Driss Idriss Idris Edris
حميد Hamid Hameed Hamide
المهدي Mehdi El_Mehdi Mahdi Al_Mahdi
أنس Anas Anass Enes
وليد Walid Waleed Oualid
لحسن Lahcen Lahsen Al_Hassan Lahssen
عثمان Othman Otman Uthman Othmane
بوجمعة Boujemaa Bujumaa Boujamaa
معاذ Mouad Moad Muadh Mouaad
"""
_WOMEN = """
فاطمة Fatima Fatma Fatimah Fatema
عائشة Aicha Aïcha Aisha Aysha
خديجة Khadija Khadidja Chadija Khadijah
مريم Maryam Mariam Meryem Meriem
زينب Zineb Zeinab Zaynab Zainab
أمينة Amina Aminah Amyna
سعاد Souad Suad Soead Souade
نادية Nadia Nadya Nadja
ليلى Leila Laila Layla Leïla
سميرة Samira Sameera Semira
حنان Hanan Hanane Hannan
نعيمة Naima Naïma Na'ima Neima
رشيدة Rachida Rashida Rasjida
حليمة Halima Haleema Halimah
سارة Sara Sarah Sarra
هدى Houda Huda Hoda Hoeda
إيمان Imane Iman Eman Imaan
سلمى Salma Selma Salmaa
كوثر Kaoutar Kawtar Kawthar Kaouthar
أسماء Asma Asmae Asmaa Esma
وفاء Wafa Wafae Wafaa Ouafa
لطيفة Latifa Lateefa Latefa
جميلة Jamila Djamila Jameela
بشرى Bouchra Bushra Boesjra Bouchera
حياة Hayat Hayet Hajat
نجاة Najat Nadjat Najet
رجاء Rajae Raja Rajaa
سكينة Soukaina Sukaina Sakina Soekaina
شيماء Chaimae Shaima Chaima Sjaima
دنيا Dounia Dunya Donia Doenja
فدوى Fadoua Fadwa Fedwa
إكرام Ikram Ikrame Ekram
كنزة Kenza Kinza Kanza
نورة Noura Nora Nura
ياسمين Yasmine Yasmin Jasmin Yassmine
هاجر Hajar Hagar Hajer Hadjar
"""
_FAMILIES = """
العلوي Alaoui El_Alaoui Alawi Al_Alawi
الإدريسي Idrissi El_Idrissi Al_Idrisi Idrisi
بنعلي Benali Ben_Ali Bin_Ali Bennali
التازي Tazi Al_Tazi Ettazi Tazy
الفاسي Fassi El_Fassi Al_Fasi Fasi
برادة Berrada Barrada Barada
بنجلون Benjelloun Ben_Jelloun Bendjelloun Benjaloun
الشرايبي Chraibi Chraïbi Shraybi Echraibi
الناصري Naciri Nasiri Ennaciri Al_Nasiri
المرابط Mrabet El_Mrabet Morabit Lamrabet
أمزيان Ameziane Amezian Amazian
أوحدو Ouhaddou Ohaddo Uhaddu
أيت_علي Ait_Ali Aït_Ali Aytali
أيت_حدو Ait_Haddou Aït_Haddou Ayt_Haddu
بوعزة Bouazza Boeazza Buazza
بوزيان Bouziane Bouzian Buzyan
بلقاسم Belkacem Belkassem Bilqasim
بلحاج Belhaj Bel_Hadj Belhadj Bilhaj
بنعيسى Benaissa Ben_Aissa Ben_Isa Benaïssa
بنسعيد Bensaid Ben_Said Bin_Saeed
بنموسى Benmoussa Ben_Moussa Bin_Musa
حداد Haddad Hadad Addad
خطابي Khattabi Chattabi Khatabi El_Khattabi
داودي Daoudi Dawoudi Dawudi Daudi
رحماني Rahmani Rahmany Errahmani
زروالي Zerouali Zarouali Zerwali Ezzerouali
زياني Ziani Zayani Ezziani
سباعي Sebai Sbai Essbai Sibai
سقاط Sekkat Seqqat Sakkat
شاكر Chaker Shakir Sjakir
صديقي Seddiki Siddiqi Sadiki
طاهري Tahiri Taheri Ettahiri Tahri
عمراني Amrani El_Amrani Omrani Imrani
غربي Gharbi Rharbi El_Gharbi Garbi
فخار Fekhar Fakhar Fakkar
قادري Kadiri Qadiri El_Kadiri Kaderi
قباج Kabbaj Kabbadj Qabbaj
كتاني Kettani Kattani El_Kettani
لحلو Lahlou Lahlu Lahloe
مسعودي Messaoudi Masoudi Mas'udi Messaoedi
منصوري Mansouri Mansuri El_Mansouri
نجار Najjar Nadjar Ennajjar Najar
هاشمي Hachimi Hashimi El_Hachimi Hasjemi
وهابي Ouahabi Wahabi Wahhabi Ouahhabi
يعقوبي Yacoubi Yaqoubi El_Yacoubi Jakoubi
زيتوني Zitouni Zaytouni Zeituni Ezzitouni
مكاوي Mekkaoui Mekaoui Makkawi Mekkawi
ورياغلي Ouriaghli Uriaghli Ouriagli Waryaghli
أزواغ Azouagh Azwagh Azouag
بوطاهر Boutaher Bou_Tahar Butahir
تمسماني Temsamani Tamsamani Temsemani
حموتي Hammouti Hamouti Hammuti
شعايب Chaib Chaïb Shaib Chayeb
غزالي Ghazali Ghazzali Rhazali El_Ghazali
قرشي Korchi Qurashi Kourchi Qorchi
لمريني Lamrini Merini El_Mrini Marini
مدغري Medaghri Mdaghri Midaghri
"""
_BELGIAN_MEN = (
    "Jan Pieter Luc Marc Koen Wouter Bart Tom Kevin Stijn Jef Geert Michel Philippe Olivier Benoît Thierry Nicolas "
    "Julien Maxime Antoine Xavier Didier Pascal Quentin Thomas Simon Lucas Arthur Louis"
)
_BELGIAN_WOMEN = (
    "An Els Lieve Griet Katrien Sofie Lotte Emma Julie Marie Sophie Nathalie Isabelle Valérie Céline Charlotte "
    "Camille Louise Élise Aurélie Inge Hilde Greet Lien Sara Laura Manon Chloé Anneleen Veerle"
)
_BELGIAN_FAMILIES = (
    "Peeters Janssens Maes Jacobs Mertens Willems Claes Goossens Wouters De_Smet Dubois Lambert Dupont Martin Simon "
    "Leroy Lejeune Denis François Renard Van_den_Broeck Vandenberghe Verhoeven De_Clercq Van_Damme Hermans Michiels "
    "Segers Lemmens Cools Delvaux Gillard Collard Noël Hendrickx Desmet Vermeulen Bogaert Thys Wauters"
)
_MOROCCAN_PLACES = """
الدار_البيضاء Casablanca Dar_El_Beida
الرباط Rabat Rabat
فاس Fès Fez
مراكش Marrakech Marrakesh
طنجة Tanger Tangier
تطوان Tétouan Tetuan
وجدة Oujda Oujda
الناظور Nador Nador
الحسيمة Al_Hoceima Alhucemas
مكناس Meknès Meknes
أكادير Agadir Agadir
سلا Salé Sale
القنيطرة Kénitra Kenitra
بركان Berkane Berkan
تازة Taza Taza
خريبكة Khouribga Khouribga
بني_ملال Béni_Mellal Beni_Mellal
العرائش Larache Larache
تارودانت Taroudant Taroudant
ورزازات Ouarzazate Warzazat
"""
_BELGIAN_PLACES = """
بروكسل Bruxelles Brussel
أنتويرب Anvers Antwerpen
لييج Liège Luik
غنت Gand Gent
شارلروا Charleroi Charleroi
ميخلن Malines Mechelen
مولنبيك Molenbeek-Saint-Jean Sint-Jans-Molenbeek
سكاربيك Schaerbeek Schaarbeek
أندرلخت Anderlecht Anderlecht
فيلفورد Vilvorde Vilvoorde
لوفن Louvain Leuven
نامور Namur Namen
مونس Mons Bergen
فيرفييه Verviers Verviers
غنك Genk Genk
"""


@dataclass(frozen=True, slots=True)
class Spelled:
    """A name or place: its Arabic form and its Latin spellings."""

    arabic: str
    latin: tuple[str, ...]


def _table(text: str) -> tuple[Spelled, ...]:
    rows = [line.split() for line in text.strip().splitlines()]
    return tuple(Spelled(_plain(row[0]), tuple(_plain(word) for word in row[1:])) for row in rows)


def _plain(word: str) -> str:
    return word.replace("_", " ")


def _words(text: str) -> tuple[str, ...]:
    return tuple(_plain(word) for word in text.split())


MEN = _table(_MEN)
WOMEN = _table(_WOMEN)
FAMILIES = _table(_FAMILIES)
MOROCCAN_PLACES = _table(_MOROCCAN_PLACES)
BELGIAN_PLACES = _table(_BELGIAN_PLACES)
BELGIAN_MEN = _words(_BELGIAN_MEN)
BELGIAN_WOMEN = _words(_BELGIAN_WOMEN)
BELGIAN_FAMILIES = _words(_BELGIAN_FAMILIES)
