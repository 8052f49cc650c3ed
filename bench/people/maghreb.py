"""Given and family names of the Maghreb, in the sound notation of `bench/people/pivot.py`; from general knowledge.

The commonest come first. Rare family names are composed: a particle and a given name, or a root in a pattern.
"""

from __future__ import annotations

from random import Random

from bench.people.pivot import Name, family_of, of_faith, plain, servant, with_article

_MEN = """
muHammad|muHamed aHmad Hasan ra$Id saEId yUsuf Eumar xAlid muSWafY|moSWafa karIm Husayn|HusIn ibrAhIm|brahIm jamAl HamId EalI
hi$Am WAriq|WArik yAsIn|yassIn ayyUb Hamzap bilAl sufyAn munIr fu'Ad|fuAd idrIs|drIss anas walId EuTmAn|EotmAn muEAD|muAd
amIn mahdI|mehdI zakariyyA'|zakarIya ismAEIl|smAIl mUsY|mUssa EIsY|Issa dAwUd SAliH qAsim|qAsem bra$Id|berra$Id
mubArak|mbArek maHmUd HAmid muxtAr|moxtAr WAhir HabIb lHusin|laHsen maHjUb nAjI zayd rabIE farId nabIl kamAl SalAH murAd
rafIq tawfIq naSIr nUr naEIm sAmI fatHI lutfI|loWfI WayyIb WalHap|Walha usAmap|ussAma Hudayfap|HodayfA Eadnan|EadnAn
marwAn ray$An|riyAn riyAD|riyAZ ilyAs Adam nizAr sAlim salmAn sulaymAn|slimAn EimAd jawAd fayZal|fayZel badr fahd majId
mAlik naWIq|nAWIq sAEid jAbir HAtim|HAtem xalIl jalAl Eabbas|EabbAs qaddUr|kaddUr jillAlI|jIlAlI mEaWI|maEWI bAxta $arIf
yaHyY|yaHya yaEqUb|yaEkUb yUnus|yUnes nUH lU.Y ishAq|isHAq hArUn xaZir|xiZr mIlUd|mIlUd ba$Ir rA$id Hidayap
EalAl|EallAl HammU HaddU mUHA bAssU|bassU sU$Id EaqqA|aqqA aqsil|aksIl yUbA mAsIn|massIn idIr amayAs|amayAs
ziyAd ziyAn rubAE HAriT qays luqmAn|lokmAn anwAr Sabir|SAbir $Akir mAhir nAdir bAsim wasIm hAnI hAdI
rAmI $ihAb EAdil|EAdel EAmir|EAmer EAtif wA'il|wAil yAsir|yAsser mutawakkil|metwakkel muEtazz|moEtaz nuEmAn|noEmAn
"""
_WOMEN = """
fAWimap EA'i$ap|EAi$a xadIjap maryam|meryem zaynab|zIneb amInap suEAd nAdiyap|nAdya laylY|laila samIrap HanAn naEImap ra$Idap
HalImap sArap hudY|hoda ImAn salmY|salma kawTar|kawtar asmA'|asmae wafA'|wafae laWIfap jamIlap bu$rY|bo$ra HayAp najAp
rajA'|rajae sukaynap|sokayna $aymA'|$aymae dunyA|donya fadwY|fadwa ikrAm kinzap|kenza nUrap yAsmIn|yasmIn hAjar|hAjer
SafA'|Safae marwap sihAm EazIzap malIkap karImap saEIdap EAliyap|EAlya rabIEap HabIbap Harrap|Horra mInap|mIna
ZAwiyap|ZAwya $Adiyap|$Adya rUqayyap|roqayya fawziyap|fawzya zahrap|zohra zahrA'|zahrae naWIqap|naWIka xaulap|xawla
ilhAm ibtisAm|ibtissAm isrA'|israe AyAt|ayAt rIm rAniyap|rAnya luqyap nisrIn nasImap nAhid sanA'|sanae $umaysap|$omaysa
sumayyap|somayya sumyap|sUmya hind hibap nihAl nawAl ZuHY|doha nabIlap farIdap farIHap WAmU|Wamo yamnap|yamna
manAl munyap|monya munY|mona mirvat|mervat lubnY|lobna luWfiyap|lotfya ma$A'il|ma$ael EablAp|Eabla EafAf xayrap|xayra
tUdap|tUda iTTU|ittU tamImap ruzlap fAZmap|fAdma faDmA|faZma mamAs|mammas Tilelli|tilelli dihyap|dIhya siman|sImAn
jihAn janAt jannap|jenna rabHap|rabHa EawwA$ap EI$ap|EI$a lallA|lalla hannUp|hannU Tiziri|tiziri kulTUm|keltUm batUl Hasnap|Hasna HasnA'|Hasnae HusniyapI|Hosnya AsiyapI|Asya amal amAl AmAl|amAl inSAf|insAf iHsAn
salwY|salwa samiyap|sAmya sAmiHap $akIbap|$akIba $arIfap wahIbap|wahIba warda|warda wiAm|wiAm widAd zuhUr|zohUr zulayxap|zolayxa
zakiyap|zakya bahIjap|bahIja badIEap|badIEa ba$Irap|ba$Ira nazhap|nozha nuzhap|nozha najwY|najwa nAjiyap|nAjya najlA'|najlae
SabAH nUrap maryamp|mIra $urUq|$orUk fAtin|fAten yusrY|yosra aminap|yamIna DahabiyapI|dahbya rabiHap|rabIHa zubaydap|zobIda
EAtiqap|EAtika fatIHap qamar|kamar bahiyap|bahya sadiyap|saadya mUniyap|mUnya fA'izap|fAiza HafSap|Hafsa xitAm jamAnap|jumAna
mubArakap|mbArka EAmirap|Eamira WAhirap|WAhera nUrAn malAk lInap|lIna lujayn|lojayn Aliyap|alya sIrIn|serIn dInap|dIna
"""
_SERVANTS = """
qAdir|kAder raHmAn|raHmAn karIm EazIz llAh raHIm HamId majId jabbAr wahhAb razzAq HaqqI|Hak HafIV laWIf salAm ganI EAlI
hAdI|hAdI jalIl fattAH gafUr nAbI|nebI mAlik munEim|monEim SAmad|Samad bAsiW|bAseW ilAh|ilAh xAliq wAHid quddUs nAfiE
"""
_FAITHS = "nUr Eizz SalAH badr $ams jamAl xayr sayf muHyI naSr Eimad taqI $araf kamAl HusAm alAE jalAl SafY"
_COMMON = """
EalawI|EalwI idrIsI|drIssI fAsI|fAssI tAzI bEamrAnI|EamrAnI SaEIdI|saIdI amrAnI HasanI|HasnI jabbArI|jabrI
filAlI tijAnI SaqqAlI|SkallI WAhirI wazzAnI|wazzAni raHmUnI HamdAwI|HamdawI HamdUnI zaEImI|zaImI qAdirI|kAdirI
EabdalAwI|EabdellAwI bakrI bakkAlI bannAnI $arqAwI|$erkAwI EiyA$I|EayyA$I Eattar|EattAr buEmrAnI|boamrAnI
bagdAdI|begdAdI WayyibI marInI|lamrInI wahhAbI|wahAbI SadIqI|seddIkI SaffAr HammUtI xaWTAbI|xaWWAbI baqqAlI|bakkAlI
qura$I|kor$I riyAHI ZAwI|dAwI nASirI|nAcirI maEzUzI|maazUzI maymUnI mansUrI|manSUrI mUsAwI|mUssawI HA$imI|hA$imI
masEUdI|messaUdI mazyAnI|mezyAnI nuEmAnI|noamAnI salHI|salHI yaEqUbI|yakUbI zitUnI|zaytUnI zarwAlI zAkI|zAki
EAmirI|amirI EabbAdI|EabbAdI EarabI|larabI EazzUzI|azzUzI EayadI|ayAdI EIsAwI|EissAwI Ea$IrI
Haddad|HaddAd HajjAjI|HajjAji HarrAq|HarrAk HamzAwI HamIdI HanAfI|HanafI najjAr naqqA$|nakkA$ raqqAS|rakkAs sabbAg
xayyAW|xayyAW xarrAz bannAy|bennay dabbAg|debbAg raHHAl|raHAl salmAnI sUsI|sUssI sarghInI|sargInI
zanAtI|zenAtI EimrAnI|omrAnI gazAlI|gazAwI gumArI|gomArI fIlAlI fIgIgI|fIgIgi qabbAj|kabbAj qasWAlI|kastalI
kattAnI|kettAnI lakHal|lakHal laHlU la$hab|le$hab mrAbiW|mrAbeW maknAsI|meknAssI maqrInI|makrInI madgrI|medagrI
warygalI|warIaglI wA$iqI $awI|$AwI $rAybI|$rAIbI $arIf|$erIf $akIr|$Aker TawrI|tawrI timsamAnI|temsamAnI
izarkan|izarkAn azwAg|azwag amazyAn|amezyAn awraG|awrAg aqallAl|akellAl a$rqI|a$erkI amgAr|amgar azIrar|aznag
"""
_TOWNS = """
riyyATI|rbATI fAsI marraku$I|marrAk$I miknAsI WanjAwI tiTwAnI|teTTwAnI wajdI|wejdI nADUrI|nAdorI HusaymI
bayZAwI|bidAwI asfI slAwI|slAwI qunayTrI|knIwrI barkAnI tAzI xurIbgI|xribgI mallAlI|mellAlI EarA'I$I|Earay$I
rudAnI|rodAnI warzAzI|warzAzI dimnAtI|demnAtI SafrawI|SefrAwI $af$AwanI|$ef$AwnI tAwnAtI siWAtI|seTTatI bijaEdI|bejAdI
tAdlAwI|tadlAwI sgrUsnI|segrU$nI gZAyI|gezzayI baqqayI|bokkoyI tmAnI waryAglI nakUrI|nokorI qAlIEI|kalaI tafrsItI|tafersItI
bUyafrI|bUyafrUrI kabdAnI|kebdAnI tilimsAnI|telemsAnI wahrAnI qasanTInI|ksentInI jazA'irI|jazAirI tUnsI|tUnsI
qayrawAnI|kayrawAnI libI|lIbI WrAblsI|WrAbelsI sanhAjI masmUdI|meSmUdI zayyAnI gayAtI|gyAtI HayAynI|HayaInI ZkkAlI|dokkAlI
ba$arI EabdI riHmAnI sragnI|sragna zgAwI raqrAqI|regragI HAHI|HaHI $tUkI $yaZmI|$yaZmi
"""
_BERBER = """
amzyAn azzwAg|azzUg uHaddU|uHaddU uEali|uEalI aqqA|akka awsAr|usAr azrqAn|izarwal amrabIW azUlAy imgArn|imgArn
abarkAn|aberkAn aHarrUd abaHrI|abaHri axrIf asnUs|asnUs amEnAn|amanAn ag$Ir agzannAy|agzenay ahardAn|aherdAn amkrAz|amekrAz
asEad|asEad awraS|awrIr azmAnI|azmAnI azaHAf|azaHAf azdAd idUmskIn|idbelkAs ilHArn|ilaHyAn iznAsn|iznAsni imzUrn|imzUren
tamsna|tamesna tarhUnI|terhUnI tAwIl|tawIl tIwIl|tiwIl tilwAW|talwAW tafrawti tahirI|tahIrI tUzAnI|tUzAnI
"""
_NOUNS = """
Eazza zyAn WAhar|WAhar Eanan|EanAn $Eayb|$aIb mahdI|mehdI xalfa|xelfa gAba|gAba jmEa|jemEa rwA|rwa naEja qdIr|kdIr HAja
ZyAf|ZyAf naq|nAka zkrI|zekrI Sfya|Sefya $tA|$ta Hrra|Harra bkr|bker nwAr|nwAr drqa|derka $Ama|$Ama krn|kern
EssrIya|serya jnAH|jnAH drAr|drAr sEIda|saIda smAHa|smAHa WAlb|WAleb fljA|felja frAH|frAH gZAn|gzAl laErAs|laErAs
qrn|korn lEyUn|layUn maHdI|maHdI mIya|miya qlAl|kallAl rHyl|reHIl rjl|rejel sbE|sbaE slAma|slAma xbza|xobza zArda|zArda
Hlfa|Halfa lHya|leHya nfs|nefs $nAf|$nAfa tkrIm zIdI|zidi zUba|zUba ngAb|ngAb
"""
_ROOTS = """
Hdd njr Sbg flH qSb xbz EWr rqq sqq Hmm gzl dbb brd rHl zyt $kr Sbr Hsn slm nSr ftH mlk bkr rzq qdr Whr sEd r$d Hmd bdr qmr
njm $rf krm jwd fZl rHm gfr whb jbr xld HfV b$r frH nEm jml zhr Emr wrd dhb Sfr Hmr xZr kHl zrq $qr smr grb $rq jbl bHr rml
Sxr Hjr trb nxl zrE Hr$ xyl frs srj ljm kb$ drs ktb xtm Hkm Edl $hd zkr dwd mzy xlf EzZ Enb lmd wzn kyl dlk frd krz sbt jmE mrs
qbl dbS gns xrf Syd mzr brk ldn dgr rkb mlH sfn hlb rwd drb $wy slH nqr $lH rgb zgd lqm mTl xmr nfE kfl
"""
_PATTERNS = ("1a22A3", "1a22U3", "1A2i3", "1a2I3", "ma12U3", "1a23I", "1a23AwI", "1u2ay3", "1a22A3I", "1a23An",
             "mu1A2i3", "1a23Un", "a12a3", "1a22U3I", "1i2A3", "1a2I3I")  # fmt: skip


def _words(text: str) -> list[str]:
    """Return the words of a list; a sign outside the notation makes a word unfit."""
    known = set("btTjHxdDrzs$SZWVEgfqklmnhwyaiuAIUpY'|")
    return list(dict.fromkeys(word for word in text.split() if set(word) <= known and len(word) > 1))


def men() -> list[Name]:
    """Return men's given names, the commonest first."""
    found = [plain(word) for word in _words(_MEN)]
    servants = [servant(word.split("|", maxsplit=1)[0]) for word in _words(_SERVANTS)]
    faiths = [of_faith(word) for word in _words(_FAITHS)]
    return [*found[:12], *servants[:6], *found[12:30], *faiths[:3], *found[30:], *servants[6:], *faiths[3:]]


def women() -> list[Name]:
    """Return women's given names, the commonest first."""
    return [plain(word) for word in _words(_WOMEN)]


def families() -> list[Name]:
    """Return family names, the commonest first; the tail is composed and in an order that is always the same."""
    given = [word.split("|", maxsplit=1)[0] for word in _words(_MEN)]
    common = [
        with_article(word) if word.split("|", maxsplit=1)[0][-1] == "I" else plain(word)
        for word in _words(_COMMON)
    ]
    tail = [with_article(word) for word in _words(_TOWNS)]
    tail += [plain(word) for word in _words(_BERBER)]
    tail += [family_of("bin", word) for word in given[:110]]
    tail += [family_of("bU", word) for word in _words(_NOUNS)]
    tail += [family_of("Ayt", word) for word in given[:70]]
    tail += [family_of("U", word) for word in given[:60] if word[0] not in "aAiIuUwE"]
    tail += [family_of("wuld", word) for word in given[:40]]
    luck = Random("families of the Maghreb")
    luck.shuffle(tail)
    rare = [
        with_article(word) if word.endswith("I") else plain(word)
        for word in dict.fromkeys(_filled(root, pattern) for root in _words(_ROOTS) for pattern in _PATTERNS)
    ]
    luck.shuffle(rare)
    return common + tail + rare


def _filled(root: str, pattern: str) -> str:
    return "".join(root[int(sign) - 1] if sign.isdigit() else sign for sign in pattern)
