"""Places of birth as clerks write them: Arabic, French, Dutch, Spanish, English; from general knowledge."""

from __future__ import annotations

from bench.people.pivot import HABITS, Name

_MAGHREB = """
الدار_البيضاء Casablanca Casablanca Casablanca Casablanca
فاس Fès Fez Fez Fez
طنجة Tanger Tanger Tánger Tangier
مراكش Marrakech Marrakesh Marrakech Marrakesh
سلا Salé Salé Salé Sale
الرباط Rabat Rabat Rabat Rabat
مكناس Meknès Meknes Mequinez Meknes
وجدة Oujda Oujda Uxda Oujda
الناظور Nador Nador Nador Nador
الحسيمة Al_Hoceima Al_Hoceima Alhucemas Al_Hoceima
تطوان Tétouan Tetouan Tetuán Tetouan
القنيطرة Kénitra Kenitra Kenitra Kenitra
أكادير Agadir Agadir Agadir Agadir
آسفي Safi Safi Safi Safi
الجديدة El_Jadida El_Jadida El_Yadida El_Jadida
بني_ملال Béni_Mellal Beni_Mellal Beni_Mellal Beni_Mellal
بركان Berkane Berkane Berkane Berkan
تازة Taza Taza Taza Taza
خريبكة Khouribga Khouribga Juribga Khouribga
سطات Settat Settat Settat Settat
العرائش Larache Larache Larache Larache
القصر_الكبير Ksar_El_Kebir Ksar_el-Kebir Alcazarquivir Ksar_el-Kebir
خنيفرة Khénifra Khenifra Jenifra Khenifra
تارودانت Taroudant Taroudant Tarudant Taroudant
ورزازات Ouarzazate Ouarzazate Uarzazat Ouarzazate
الصويرة Essaouira Essaouira Esauira Essaouira
صفرو Sefrou Sefrou Sefrú Sefrou
تاونات Taounate Taounate Taunat Taounate
شفشاون Chefchaouen Chefchaouen Xauen Chefchaouen
الدريوش Driouch Driouch Driuch Driouch
زايو Zaïo Zaio Zaio Zaio
جرادة Jerada Jerada Yerada Jerada
كرسيف Guercif Guercif Guercif Guercif
ميدلت Midelt Midelt Midelt Midelt
الرشيدية Errachidia Errachidia Errachidía Errachidia
تنغير Tinghir Tinghir Tinerhir Tinghir
زاكورة Zagora Zagora Zagora Zagora
تيزنيت Tiznit Tiznit Tiznit Tiznit
كلميم Guelmim Guelmim Guelmim Guelmim
بني_انصار Beni_Ensar Beni_Ansar Beni_Enzar Beni_Ansar
أزغنغان Zeghanghane Zeghanghane Segangan Zeghanghane
ميضار Midar Midar Midar Midar
تمسمان Temsamane Temsaman Tensamán Temsamane
إمزورن Imzouren Imzouren Imzuren Imzouren
تاركيست Targuist Targuist Targuist Targuist
وزان Ouezzane Ouezzane Uezán Ouazzane
الجزائر Alger Algiers Argel Algiers
وهران Oran Oran Orán Oran
تلمسان Tlemcen Tlemcen Tremecén Tlemcen
قسنطينة Constantine Constantine Constantina Constantine
تونس Tunis Tunis Túnez Tunis
صفاقس Sfax Sfax Sfax Sfax
"""
_EUROPE = """
بروكسل Bruxelles Brussel Bruselas Brussels
أنتويرب Anvers Antwerpen Amberes Antwerp
غنت Gand Gent Gante Ghent
لييج Liège Luik Lieja Liège
شارلروا Charleroi Charleroi Charleroi Charleroi
ميخلن Malines Mechelen Malinas Mechelen
لوفن Louvain Leuven Lovaina Leuven
بروج Bruges Brugge Brujas Bruges
نامور Namur Namen Namur Namur
مونس Mons Bergen Mons Mons
فيرفييه Verviers Verviers Verviers Verviers
غنك Genk Genk Genk Genk
هاسلت Hasselt Hasselt Hasselt Hasselt
مولنبيك Molenbeek-Saint-Jean Sint-Jans-Molenbeek Molenbeek Molenbeek
سكاربيك Schaerbeek Schaarbeek Schaerbeek Schaerbeek
أندرلخت Anderlecht Anderlecht Anderlecht Anderlecht
أوستند Ostende Oostende Ostende Ostend
كورتريك Courtrai Kortrijk Cortrique Kortrijk
تورناي Tournai Doornik Tournai Tournai
آلست Alost Aalst Aalst Aalst
فيلفورد Vilvorde Vilvoorde Vilvoorde Vilvoorde
أمستردام Amsterdam Amsterdam Ámsterdam Amsterdam
روتردام Rotterdam Rotterdam Róterdam Rotterdam
لاهاي La_Haye Den_Haag La_Haya The_Hague
أوتريخت Utrecht Utrecht Utrecht Utrecht
ليل Lille Rijsel Lille Lille
باريس Paris Parijs París Paris
ليون Lyon Lyon Lyon Lyons
مرسيليا Marseille Marseille Marsella Marseilles
"""
_OTHER = """
إسطنبول Istanbul Istanbul Estambul Istanbul
أنقرة Ankara Ankara Ankara Ankara
مدريد Madrid Madrid Madrid Madrid
برشلونة Barcelone Barcelona Barcelona Barcelona
روما Rome Rome Roma Rome
ميلانو Milan Milaan Milán Milan
وارسو Varsovie Warschau Varsovia Warsaw
كينشاسا Kinshasa Kinshasa Kinsasa Kinshasa
"""


def _table(text: str) -> list[Name]:
    rows = [[word.replace("_", " ") for word in line.split()] for line in text.strip().splitlines()]
    return [
        Name((row[0],), {one: (name,) for one, name in zip(HABITS, row[1:], strict=True)}) for row in rows
    ]


MAGHREB, EUROPE, OTHER = _table(_MAGHREB), _table(_EUROPE), _table(_OTHER)
