"""Dutch, French and other European names of fictitious people, and how a Moroccan office writes them in Arabic.

From general knowledge; the commonest come first, rare family names are composed of parts.
"""

from __future__ import annotations

import re
from random import Random

from bench.people.pivot import HABITS, Name

_DUTCH_MEN = """
Jan Marc Luc Peter Johan Tom Koen Dirk Bart Wim Geert Kurt Pieter Stijn Kevin Bram Wout Jonas Thomas Ruben Lars Lucas Finn
Jef Willem Hendrik Joris Maarten Sander Dries Jelle Niels Tim Yannick Jeroen Filip Guy Erik Paul Frank Danny Patrick Steven
Kris Karel Jos Rik Gert Gerrit Cornelis Jacobus Johannes Hans Kees Piet Klaas Henk Sjoerd Ewoud Arne Arno Axel Brecht Cedric
Davy Dieter Emiel Ferre Floris Frederik Gilles Glenn Gust Gunther Harm Hugo Ivan Ivo Jasper Joachim Jochen Joost Jurgen Kamiel
Kasper Kobe Laurens Leander Lennert Lieven Lode Louis Lowie Luka Matthias Mathijs Michiel Milan Nathan Nick Olivier Pepijn
Pim Quinten Raf Reinout Robbe Robin Roel Rombout Rudy Senne Siebe Simon Staf Sven Tibo Tijl Tobias Toon Victor Vincent Ward Warre Wannes
Wesley Xander Yves Zeno Bas Boudewijn Daan Diederik Evert Gijs Hein Jaap Jelmer Jorrit Lambert Luuk Marnix Menno Rutger Teun Thijs Wouter
"""
_DUTCH_WOMEN = """
Maria Ann An Els Martine Sofie Lien Emma Julie Nathalie Ilse Inge Hilde Griet Katrien Lieve Greet Veerle Tine Annelies Charlotte
Lotte Louise Marie Elke Karen Kim Sarah Laura Lisa Eva Ellen Evelien Hanne Heidi Ingrid Jana Joke Kaat Karin Katleen Kelly
Kristel Leen Liesbeth Lies Linda Lore Marleen Mieke Mia Monique Nele Nina Noor Patricia Rita Saskia Sien Silke Stefanie Sylvie
Tamara Tinne Trui Ursula Vera Wendy Yana Ans Anke Anja Anneke Annick Astrid Barbara Bieke Birgit Britt Carine Christel Claire Dorien
Dorothea Elisabeth Elise Elien Femke Fien Floor Frauke Freya Geertrui Gerda Goedele Godelieve Hannelore Helena Hendrika Janneke Jolien Josefien Judith
Jutta Katelijne Klaartje Leontien Lieselot Lobke Machteld Margriet Marijke Marjan Merel Mirthe Nora Odette Paulien Renilde Roos Rosalie Ruth Sanne
Sigrid Siska Sofia Tess Tilde Valerie Vanessa Wies Willemijn Ymke Zita Amber Aline Bregje Cato Delphine Elena Fleur Gitte Ilona Jette Kato Lena Marthe
"""
_DUTCH_FAMILIES = """
Peeters Janssens Maes Jacobs Mertens Willems Claes Goossens Wouters De_Smet Vermeulen Pauwels Hermans Aerts Michiels Martens
De_Backer De_Clercq Devos Smets Claeys Hendrickx Stevens Desmet Van_Damme Bogaert Cools Lemmens Segers Thijs De_Wilde Baert Geerts
Moens Verhaegen Coppens Bosmans Declercq Wauters Lenaerts Christiaens Vandamme Verbeke Vervoort De_Meyer De_Cock Timmermans
De_Jong Jansen De_Vries Bakker Visser Smit Meijer De_Boer Mulder Bos Vos Peters Hendriks Dekker Brouwer De_Wit Dijkstra Smits
De_Graaf Kuipers Schouten Hoekstra Koster Prins Huisman Postma Kok Vink Blom Kuiper Sanders Scholten Veenstra Bosch Groen
Ceulemans Torfs Nijs Raes Roels Sels Somers Swinnen Wuyts Ooms Nuyts Luyten Leys Huybrechts Gielen Engelen Daems Cuypers Buyse
"""
_TOPONYMS = """
berg broeck bosch velde meer heuvel dijk laan kerk hoven brug camp daele eynde gracht haute heede hove kerckhove linden loo meersch
moortel neste nieuwenhuyse oever poel putte ryse sande steen straeten vijver voorde walle wiele winckel wouwer zande zype akker
beek burg donk eik gaver hulst klooster leene mol noot perre rivier schoot tempel vloet weghe born elst geest hert keere
"""
_STEMS = """
Adriaen Andries Bernaer Boudewyn Christof Cornel Daniel Diederick Everaer Ferdinand Frederick Gerard Gillis Goder Gysbrecht Hendrick
Huyghe Jacob Joos Joris Karel Lambrecht Lauwer Lieven Lode Matthys Maurit Michiel Niklaa Olieven Paulus Philip Pieter Reynaer Robber
Roeland Simon Steven Theunis Tobia Urbain Valentyn Victor Walraven Wilbert Wouter Ysebaer Aper Baldew Clement Dierick Elinck
"""
_TRADES = """
Backer Bakker Bleecker Boer Brabander Brauwer Bruyn Bruycker Caluwe Ceuster Ceulaer Coninck Corte Cuyper Decker Doncker Dobbelaer Geyter
Grave Groote Groof Haan Haes Herdt Hert Hondt Jaeger Jonghe Keersmaecker Keyser Ketelaere Kimpe Koninck Lange Leeuw Letter Maeseneer Maeyer
Meester Meulemeester Meyere Moor Mulder Munck Naeyer Neve Paepe Pauw Pelsmaeker Potter Praeter Preter Ridder Roeck Rooster Ruyter Rycke
Saedeleer Schepper Schrijver Schutter Smedt Smet Spiegeleer Strooper Swaef Temmerman Troyer Troch Vleeschouwer Vliegher Volder Vreese Vrieze
Wachter Waele Weerdt Wever Winter Witte Wolf Wulf Zutter Zwaef
"""
_FRENCH_MEN = """
Jean Michel Philippe Pierre Marc André Luc Alain Thierry Olivier Nicolas Christian Daniel Didier Patrick Pascal Jacques Éric
Bernard Claude Laurent Christophe Serge François Vincent Benoît Frédéric Xavier David Thomas Julien Maxime Antoine Quentin Louis Arthur
Hugo Gabriel Nathan Lucas Théo Simon Romain Guillaume Alexandre Jérôme Stéphane Sébastien Fabrice Fabien Fabian Cédric Kévin Loïc Ludovic
Damien Denis Dominique Édouard Émile Étienne Eugène Félix Fernand Florent Francis Gaston Gauthier Geoffroy Georges Gérard Germain Gilbert Gilles
Grégory Guy Henri Hervé Hubert Jérémy Joël Joseph Jules Justin Léon Léopold Lionel Lucien Marcel Martin Mathieu Matthias Maurice Norbert
Noël Paul Raoul Raphaël Raymond Régis Rémy René Richard Robert Robin Roger Roland Samuel Sylvain Tanguy Thibault Tristan Valentin Valéry
Victor Yann Yvan Yves Adrien Albert Alexis Anatole Armand Arnaud Augustin Aurélien Baptiste Basile Bastien Bruno Charles Clément Corentin Cyril
Désiré Donatien Edgard Élie Ernest Evrard Firmin Ghislain Godefroid Gontran Joachim Lambert Servais Urbain
"""
_FRENCH_WOMEN = """
Marie Nathalie Isabelle Catherine Martine Christine Anne Françoise Sophie Monique Véronique Valérie Dominique Michèle Bernadette
Nicole Sylvie Brigitte Céline Laurence Julie Caroline Stéphanie Aurélie Laura Sarah Camille Émilie Virginie Pauline Charlotte Élise Manon
Léa Chloé Emma Louise Juliette Alice Lucie Zoé Clara Inès Jeanne Marguerite Yvonne Simone Denise Paulette Jacqueline Josette Ginette Colette
Suzanne Germaine Georgette Lucienne Madeleine Marcelle Raymonde Yvette Arlette Andrée Annick Annie Béatrice Bénédicte Carine Cécile Chantal Christelle
Claire Claudine Corinne Danielle Delphine Édith Élisabeth Éliane Élodie Estelle Eugénie Évelyne Fabienne Florence France Frédérique Gaëlle Geneviève Ghislaine
Gisèle Hélène Henriette Huguette Irène Jocelyne Joëlle Justine Laetitia Liliane Lise Ludivine Lydie Magali Marianne Mathilde Mélanie Mireille Muriel Myriam
Nadège Noémie Odile Olivia Pascale Patricia Perrine Rachel Régine Renée Roseline Sabine Sandrine Solange Solène Thérèse Vinciane Viviane Adèle Agathe Agnès Amandine
Anaïs Angélique Antoinette Apolline Armelle Aude Axelle Blanche Capucine Clémence Coralie Daphné Diane Éloïse
"""
_FRENCH_FAMILIES = """
Dubois Lambert Dupont Martin Simon Leroy Lejeune Denis François Renard Dumont Gérard Laurent Noël Charlier Delvaux Gillard Collard
Mathieu Legrand Bastin Remy Fontaine Lefèvre Thiry Massart Servais Evrard Hubert Henry Lecomte Dethier Wauthier Nicolas Leclercq Marchal
Bertrand Durand Moreau Petit Richard Robert Michel Garnier Rousseau Blanc Guérin Boyer Roux Vincent Fournier Morel Girard Mercier Bonnet
Lacroix Masson Marchand Duval Gautier Perrin Robin Clément Morin Chevalier Fabre Picard Barbier Arnaud Rivière Gaillard Brunet Giraud Colin
Aubert Roche Roy Vidal Meunier Carpentier Leclerc Poirier Baudouin Delcourt Delhaye Delfosse Delforge Delbrouck Pirard Piron Pirotte Poncelet
"""
_FRENCH_PLACES = """
bois champ pont mont val pré puits four moulin jardin buisson chêne fossé houx pin marais parc ruisseau château clos
"""
_FRENCH_STEMS = """
Ber Bert Bern Blanch Bonn Bouch Bour Brun Cham Chap Char Col Cor Dan Del Den Ferr Flam Gall Garn Ger Gir God Gren Guil Hen Jac Jan Lam
Lem Mar Math Mor Nic Pas Per Pich Pier Pon Ren Rich Rob Rol Rouss Sim Thom Tib Vin Vil Adam Alard Bast Carl Fran Mich
"""
_FRENCH_ENDINGS = "in on ard eau et ot ier elle aud ault oux enet illon ineau ois y ast"
_OTHER_MEN = """
Mehmet Mustafa Ahmet Ali Hüseyin Murat Emre Antonio José Manuel Francisco Javier Giuseppe Giovanni Marco Luca Piotr Krzysztof Andrzej Tomasz
Jean-Claude Patrice Dieudonné Emmanuel Serge Ion Andrei Mihai Georgi Dimitar Oleksandr Andriy Dmitri Sergei Nguyen Wei Amit Rajesh João Paulo
"""
_OTHER_WOMEN = """
Fatma Ayşe Emine Elif Zeynep María Carmen Ana Isabel Lucía Giulia Francesca Chiara Anna Katarzyna Agnieszka Małgorzata Grâce Espérance
Béatrice Chantal Elena Ioana Mariana Desislava Oksana Iryna Svetlana Natalia Mei Priya Sunita Rosa Fernanda Beatriz Inês Teresa Gloria Yasemin Derya
"""
_OTHER_FAMILIES = """
Yılmaz Kaya Demir Şahin Çelik Yıldız Öztürk Aydın Arslan Doğan García Fernández González Rodríguez López Martínez Sánchez Pérez Rossi Russo Ferrari
Esposito Bianchi Romano Ricci Marino Nowak Kowalski Wiśniewski Wójcik Kamiński Lewandowski Zieliński Mukendi Kabongo Ilunga Tshibangu Kalala Mbuyi
Popescu Ionescu Dumitru Ivanov Dimitrov Petrov Shevchenko Kovalenko Bondarenko Smirnov Kuznetsov Tran Wang Li Sharma Patel Silva Santos Ferreira Oliveira Costa
"""


def dutch() -> tuple[list[Name], list[Name], list[Name]]:
    """Return men's, women's and family names, the commonest first."""
    rare = [
        f"{before} {stem[:1].upper() + stem[1:]}"
        for before in ("Van", "Van den", "Van de", "Van der")
        for stem in _TOPONYMS.split()
    ]
    rare += [f"{before}{stem}" for before in ("Vanden", "Ver") for stem in _TOPONYMS.split()]
    rare += [stem + ending for stem in _STEMS.split() for ending in ("s", "sen", "ssens", "x", "aert")]
    rare += [f"De {trade}" for trade in _TRADES.split()] + [trade + "s" for trade in _TRADES.split()]
    return _names(_DUTCH_MEN), _names(_DUTCH_WOMEN), _families(_DUTCH_FAMILIES, rare)


def french() -> tuple[list[Name], list[Name], list[Name]]:
    """Return men's, women's and family names, the commonest first."""
    rare = [stem + ending for stem in _FRENCH_STEMS.split() for ending in _FRENCH_ENDINGS.split()]
    rare += [
        before + stem
        for before in ("Du", "Des", "Grand", "Haut", "Beau", "De")
        for stem in _FRENCH_PLACES.split()
    ]
    return _names(_FRENCH_MEN), _names(_FRENCH_WOMEN), _families(_FRENCH_FAMILIES, rare)


def others() -> tuple[list[Name], list[Name], list[Name]]:
    """Return men's, women's and family names of other origins, mixed."""
    return _names(_OTHER_MEN), _names(_OTHER_WOMEN), _names(_OTHER_FAMILIES)


def _names(text: str) -> list[Name]:
    return [_name(word.replace("_", " ")) for word in dict.fromkeys(text.split())]


def _families(common: str, rare: list[str]) -> list[Name]:
    first = [word.replace("_", " ") for word in common.split()]
    rest = list(dict.fromkeys(word for word in rare if word not in set(first)))
    Random("rare families").shuffle(rest)
    return [_name(word) for word in dict.fromkeys([*first, *rest])]


def _name(word: str) -> Name:
    """Return the spellings of a name: as it is first, then as a clerk errs."""
    spellings = [word]
    for before, after in (
        ("ck", "k"),
        ("ij", "y"),
        ("ae", "aa"),
        ("ss", "s"),
        ("gh", "g"),
        ("x", "ks"),
        ("ph", "f"),
        ("th", "t"),
        ("ll", "l"),
    ):
        if before in word and len(word) > 4:
            spellings.append(word.replace(before, after, 1))
    bare = word.translate(str.maketrans("éèêëÉïîçãáíóúöüôâàşŞłńşıİğñ", "eeeeEiicaaiououoaasSlnsiIgn"))
    spellings += [bare, word.replace(" ", "")] if " " in word else [bare]
    found = tuple(dict.fromkeys((word, word, word, *spellings)))
    return Name(in_arabic(bare), dict.fromkeys(HABITS, found))


_GROUPS = {
    "eau": "و", "aux": "و", "sch": "سخ", "oux": "و", "ou": "و", "oe": "و", "uy": "وي", "eu": "و", "au": "و", "ij": "اي", "ei": "اي",
    "ai": "ي", "oi": "وا", "ch": "ش", "sh": "ش", "ph": "ف", "qu": "ك", "gh": "غ", "th": "ت", "ck": "ك", "gn": "ني", "cz": "تش", "ts": "تس", "ie": "ي",
    "ll": "ل", "ss": "س", "tt": "ت", "nn": "ن", "rr": "ر", "mm": "م", "aa": "ا", "ee": "ي", "oo": "و", "pp": "ب", "ae": "ا",
    "a": "ا", "b": "ب", "c": "ك", "d": "د", "e": "ي", "f": "ف", "g": "غ", "h": "ه", "i": "ي", "j": "ج", "k": "ك", "l": "ل", "m": "م",
    "n": "ن", "o": "و", "p": "ب", "q": "ك", "r": "ر", "s": "س", "t": "ت", "u": "و", "v": "ف", "w": "و", "x": "كس", "y": "ي", "z": "ز",
}  # fmt: skip
_SIGNS = re.compile("|".join(sorted(_GROUPS, key=len, reverse=True)) + "|.", re.DOTALL)


def in_arabic(name: str) -> tuple[str, ...]:
    """Return how a clerk hears a European name in Arabic: vowels written, or the short ones left out."""
    plain = name.casefold()
    written = " ".join(_word(word, full=True) for word in re.split("[ -]", plain))
    short = " ".join(_word(word, full=False) for word in re.split("[ -]", plain))
    return tuple(dict.fromkeys((written, written, short)))


def _word(word: str, *, full: bool) -> str:
    signs = _SIGNS.findall(word)
    out = []
    for place, sign in enumerate(signs):
        if sign == "e" and (place == len(signs) - 1 or (not full and place)):
            continue
        if sign == "c" and place + 1 < len(signs) and signs[place + 1][0] in "eiy":
            out.append("س")
        elif not place and sign in {"a", "e", "i", "o", "u"}:
            out.append({"a": "أ", "e": "إ", "i": "إي", "o": "أو", "u": "أو"}[sign])
        else:
            out.append(_GROUPS.get(sign, ""))
    return "".join(out)
