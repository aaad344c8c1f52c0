/* lexicon_words -- the words that the lexicon knows.
 * SPDX-License-Identifier: MIT
 *
 * A line is a meaning, a language, the first value, and words; each further
 * word has the next value, and "=" joins words of one value.  Case and
 * composition do not matter.  Words of one or two letters that are common in
 * several languages tell nothing and are left out of all but one.
 */
#include "compare/lexicon_words.h"

#include "base/compiler.h"

#define COMMON(l, words) { MEANS_COMMON, LANGUAGE_##l, 0, words },
#define VERBS(l, words) { MEANS_VERB, LANGUAGE_##l, 0, words },
#define OPENERS(l, words) { MEANS_OPENER, LANGUAGE_##l, 0, words },
#define NUMBERS(l, first, words) { MEANS_NUMBER, LANGUAGE_##l, first, words },
#define MONTHS(l, words) { MEANS_MONTH, LANGUAGE_##l, 1, words },
#define WEEKDAYS(l, words) { MEANS_WEEKDAY, LANGUAGE_##l, 1, words },
#define SCALE(power, words) { MEANS_SCALE, LANGUAGE_NONE, power, words },
#define UNIT(u, words) { MEANS_UNIT, LANGUAGE_NONE, UNIT_##u, words },
#define MONEY(c, words) { MEANS_MONEY, LANGUAGE_NONE, CURRENCY_##c, words },

const struct lexicon_line lexicon_lines[] = {
COMMON(EN, "the=of=and=to=in=that=it=for=on=with=as=at=by=this=be=are=is=was="
    "were=been=have=has=had=not=but=or=from=they=you=your=we=our=he=she=his="
    "her=its=their=them=there=here=which=who=what=when=where=how=why=will="
    "would=can=could=should=may=might=must=do=does=did=if=then=than=so=no="
    "all=any=some=such=only=also=just=about=into=over=after=before=between="
    "through=because=while=these=those=an=my=me=us=very=more=most=other="
    "each=up=out=now=let=get=i=t=s=ll=re=ve=d=m=don")
COMMON(DE, "der=die=das=und=ist=nicht=ein=eine=einen=einem=einer=eines=zu=den="
    "dem=des=mit=sich=auf=für=von=im=auch=als=wie=bei=oder=aber=wird=werden="
    "sind=war=waren=hat=haben=kann=können=soll=sollte=muss=müssen=wenn=dass="
    "nach=aus=durch=über=unter=zum=zur=sie=wir=ihr=ich=du=er=ihre=ihren="
    "ihrem=ihnen=mein=dein=diese=dieser=dieses=noch=nur=schon=mehr=sehr=hier="
    "dort=dann=da=bis=vom=beim=gibt=bitte=kein=keine=um=was=wer=wo=warum=so="
    "uns=mich=sein=damit=sowie")
COMMON(FR, "le=la=les=un=une=des=du=de=et=est=pas=que=qui=dans=pour=par=sur="
    "avec=ce=cette=ces=il=elle=ils=elles=nous=vous=je=tu=votre=vos=notre=nos="
    "son=sa=ses=mon=ma=leur=leurs=au=aux=ne=plus=ou=où=mais=si=comme=être="
    "sont=était=ont=avez=avoir=fait=peut=pouvez=peuvent=faut=très=bien=aussi="
    "tout=tous=toute=toutes=même=entre=sans=sous=après=avant=chez=y=en=se=c="
    "l=j=qu=n=cela=quand=comment=afin=lors=voici")
COMMON(ES, "el=los=las=lo=del=y=que=es=una=unos=unas=por=para=con=su=sus=al="
    "como=más=pero=este=esta=estos=estas=eso=esto=ser=son=está=están=era=fue="
    "ha=han=hay=puede=pueden=puedes=debe=cuando=donde=sobre=entre=sin=hasta="
    "desde=muy=también=porque=sí=ya=le=les=nos=usted=ustedes=yo=tú=él=ella="
    "nosotros=tu=mi=se=qué=cómo=dónde=cada=todo=todos=toda=todas=otro=otra="
    "tiene=tienen=hacer=si=o=no=un=de=la=en=a")
COMMON(IT, "il=lo=gli=le=della=delle=dello=degli=dei=del=di=che=è=una=uno=per="
    "con=non=sono=da=dal=dalla=nel=nella=nelle=sul=sulla=al=alla=alle=ai=e="
    "ed=ma=o=come=più=anche=questo=questa=questi=queste=quello=quella=si=ci="
    "se=può=possono=puoi=deve=essere=stato=stata=ha=hanno=era=suo=sua=suoi="
    "tuo=tua=mio=mia=nostro=nostra=loro=molto=tutto=tutti=quando=dove=perché="
    "cosa=chi=quale=dopo=prima=senza=tra=fra=fino=i=la")
COMMON(PT, "o=os=as=um=uma=uns=umas=do=da=dos=das=no=na=nos=nas=ao=aos=à=às="
    "pelo=pela=que=é=não=com=por=para=se=mais=como=mas=foi=ele=ela=eles=elas="
    "você=vocês=seu=sua=seus=suas=meu=minha=nosso=nossa=isso=este=esta=esse="
    "essa=aquele=são=está=estão=ser=ter=tem=têm=pode=podem=deve=quando=onde="
    "também=já=muito=até=sem=sobre=entre=depois=antes=porque=todos=cada=em=e=de")
COMMON(NL, "de=het=een=en=van=is=dat=niet=op=te=voor=met=zijn=als=aan=er=maar="
    "om=dan=door=naar=bij=ook=uit=nog=wel=kan=kunt=kunnen=wordt=worden=werd="
    "heeft=hebben=heb=u=uw=je=jij=jouw=wij=ze=zij=hij=hun=onze=deze=dit=die="
    "meer=zeer=geen=over=tot=na=wat=wie=waar=hoe=waarom=wanneer=moet=moeten="
    "zal=zou=of=tussen=zonder=onder=alle=alles=andere=hier=daar=in")
COMMON(SV, "och=att=det=som=på=är=av=för=med=den=till=inte=om=ett=jag=du=han="
    "hon=vi=ni=de=kan=har=var=från=men=så=eller=när=hur=vad=vem=detta=denna="
    "dessa=ska=skulle=blir=blev=vara=mycket=mer=alla=någon=några=efter=under="
    "mellan=utan=också=din=ditt=dina=sin=sina=vår=er=här=där=nu=finns=måste="
    "bara=över=en=i")
COMMON(PL, "w=i=na=z=do=nie=się=jest=że=to=jak=o=od=przez=dla=po=ale=są=był="
    "była=było=być=ten=ta=te=tego=tej=tym=tych=który=która=które=oraz=lub="
    "czy=może=można=już=tylko=także=gdy=jeśli=bardzo=jego=jej=ich=za=przy="
    "ze=we=ma=mają=twoje=twój=twoja=pan=pani=proszę=aby=żeby=bez=między=tak="
    "co=kto=gdzie=kiedy=dlaczego")
COMMON(TR, "ve=bir=bu=için=ile=de=da=olarak=çok=daha=en=olan=gibi=kadar=ama="
    "değil=var=yok=ne=mi=mı=ya=veya=şu=o=ben=sen=biz=siz=onlar=her=sonra="
    "önce=göre=ise=ki=olduğu=olur=nasıl=neden=nerede=hangi=tüm=bazı=lütfen="
    "bunu=bunun=üzere=tarafından=ancak=çünkü")
COMMON(RU, "и=в=не=на=что=с=по=это=как=для=к=из=он=она=они=мы=вы=я=ты=но=от="
    "о=у=за=же=бы=то=его=её=их=ваш=ваша=ваши=наш=был=была=были=было=есть="
    "будет=может=можно=нужно=также=или=если=когда=где=чтобы=при=только=так="
    "все=всё=этот=эта=эти=того=который=которая=которые=до=после=очень=более="
    "уже=ещё=вам=вас=нам=мне")
COMMON(UK, "і=в=не=на=що=з=по=це=як=для=до=від=він=вона=вони=ми=ви=я=ти=але="
    "та=й=його=її=їх=ваш=ваша=наш=був=була=були=було=є=буде=може=можна="
    "потрібно=також=або=якщо=коли=де=щоб=при=тільки=так=усі=все=цей=ця=ці="
    "який=яка=які=після=дуже=більш=вже=ще=вам=вас=нам=мені=із=у")

VERBS(EN, "is=was=are=were=has=had=will=can=does=did=would=wrote=won=became")
VERBS(DE, "ist=war=sind=waren=hat=hatte=wird=wurde=kann=liegt=heißt=schrieb")
VERBS(FR, "est=était=sont=étaient=a=avait=sera=fut=peut")
VERBS(ES, "es=era=fue=son=está=tiene=será=puede=ha")
VERBS(IT, "è=era=fu=sono=ha=aveva=sarà=può")
VERBS(PT, "é=era=foi=são=está=tem=será=pode")
VERBS(NL, "is=was=zijn=heeft=had=wordt=werd=kan")
OPENERS(EN, "however=sure=certainly=unfortunately=sorry=therefore=thus=yes=no="
    "moreover=furthermore=additionally=finally=next=then=first=second=third="
    "still=actually=indeed=alternatively=great=good=okay=ok=absolutely="
    "thanks=thank=please=perhaps=maybe=well=otherwise=instead=meanwhile="
    "generally=typically=usually=basically=note=hello=hi=hey=dear=similarly="
    "overall=today=tomorrow=yesterday=currently=once=since=although=though="
    "hence=besides=regardless=lastly=initially=recently=simply=apologies="
    "dr=mr=mrs=ms=prof=sir=madam=nothing=everything=something=anything="
    "everyone=someone=one=both=either="
    "neither=many=several=most=few=water=people=time=instead=hopefully")
OPENERS(DE, "jedoch=leider=natürlich=gerne=sicher=ja=nein=danke=hallo=zuerst="
    "danach=außerdem=schließlich=also=vielleicht=heute=morgen=gestern=gut="
    "frau=herr=herrn=allerdings=deshalb=daher=zudem=zunächst=anschließend="
    "falls=sobald")
OPENERS(FR, "cependant=bonjour=merci=oui=non=désolé=malheureusement=ensuite="
    "enfin=puis=donc=bien=aujourd=demain=hier=toutefois=ainsi=certainement")
OPENERS(ES, "hola=gracias=sí=no=claro=lamentablemente=luego=después=además="
    "finalmente=primero=hoy=mañana=ayer=quizás=entonces=desafortunadamente")

NUMBERS(EN, 2, "two three four five six seven eight nine ten eleven twelve "
    "thirteen fourteen fifteen sixteen seventeen eighteen nineteen twenty")
NUMBERS(EN, 3, "third fourth fifth sixth seventh eighth ninth tenth eleventh "
    "twelfth")
NUMBERS(DE, 2, "zwei drei vier fünf sechs sieben acht neun zehn elf zwölf "
    "dreizehn vierzehn fünfzehn sechzehn siebzehn achtzehn neunzehn zwanzig")
NUMBERS(FR, 2, "deux trois quatre cinq six sept huit neuf dix onze douze treize "
    "quatorze quinze seize")
NUMBERS(ES, 2, "dos tres cuatro cinco seis siete ocho nueve diez once doce "
    "trece catorce quince dieciséis diecisiete dieciocho diecinueve veinte")
NUMBERS(IT, 2, "due tre quattro cinque sei sette otto nove dieci undici dodici")
NUMBERS(PT, 2, "dois=duas três quatro cinco seis sete oito nove dez onze doze")
NUMBERS(NL, 2, "twee drie vier vijf zes zeven acht negen tien elf twaalf")
NUMBERS(SV, 2, "två tre fyra fem sex sju åtta nio tio elva tolv")
NUMBERS(PL, 2, "dwa=dwie trzy cztery pięć sześć siedem osiem dziewięć dziesięć")
NUMBERS(TR, 2, "iki üç dört beş altı yedi sekiz dokuz")
NUMBERS(RU, 2, "два=две=двух три=трёх четыре пять=пяти шесть=шести семь=семи "
    "восемь девять=девяти десять=десяти")
NUMBERS(UK, 2, "два=дві три чотири пять шість сім вісім девять десять")
NUMBERS(NONE, 2, "二=两=兩 三 四 五 六 七 八 九 十")
#define TENS(value, words) { MEANS_NUMBER, LANGUAGE_NONE, value, words },
TENS(30, "thirty=dreißig=trente=treinta=trenta=trinta=dertig=trettio=trzydzieści")
TENS(40, "forty=vierzig=quarante=cuarenta=quaranta=quarenta=veertig=fyrtio")
TENS(50, "fifty=fünfzig=cinquante=cincuenta=cinquanta=cinquenta=vijftig=femtio")
TENS(60, "sixty=sechzig=soixante=sesenta=sessanta=sessenta=zestig=sextio")
TENS(70, "seventy=siebzig=setenta=settanta=zeventig=sjuttio")
TENS(80, "eighty=achtzig=ochenta=ottanta=oitenta=tachtig=åttio")
TENS(90, "ninety=neunzig=noventa=novanta=negentig=nittio")
TENS(20, "vingt=venti=vinte=twintig=tjugo=dwadzieścia=двадцать=twentieth")

SCALE(2, "hundred=hundert=cent=cien=cientos=cento=honderd=hundra=сто=百")
SCALE(3, "thousand=thousands=tausend=mille=mil=mila=duizend=tusen=tysiąc="
    "tysięcy=тысяча=тысяч=тысячи=тис=тыс=bin=k=千")
SCALE(4, "万=萬")
SCALE(6, "million=millions=millionen=mio=millones=millón=milione=milioni="
    "milhão=milhões=miljoen=miljon=miljoner=milion=milionów=миллион="
    "миллионов=миллиона=млн=мільйонів=milyon=mn")
SCALE(8, "亿=億")
SCALE(9, "billion=billions=milliarde=milliarden=mrd=milliard=milliards="
    "miliardo=miliardi=miljard=miljarder=миллиард=миллиардов=млрд=bn=milyar")
SCALE(12, "trillion=trillions=billionen=billón=billones=триллион")

MONTHS(EN, "january=jan february=feb march=mar april=apr may june=jun july=jul "
    "august=aug september=sep=sept october=oct november=nov december=dec")
MONTHS(DE, "januar=jänner februar märz=mär april mai juni juli august september "
    "oktober=okt november dezember=dez")
MONTHS(FR, "janvier=janv février=févr mars avril=avr mai juin juillet=juil août "
    "septembre octobre novembre décembre=déc")
MONTHS(ES, "enero=ene febrero marzo abril=abr mayo junio julio agosto "
    "septiembre=setiembre octubre noviembre diciembre=dic")
MONTHS(IT, "gennaio febbraio marzo aprile maggio giugno=giu luglio=lug "
    "agosto settembre ottobre novembre dicembre")
MONTHS(PT, "janeiro fevereiro=fev março abril maio=mai junho julho agosto "
    "setembro outubro novembro dezembro")
MONTHS(NL, "januari februari maart=mrt april mei juni juli augustus september "
    "oktober november december")
MONTHS(SV, "januari februari mars april maj juni juli augusti september oktober "
    "november december")
MONTHS(PL, "stycznia=styczeń lutego=luty marca=marzec kwietnia=kwiecień maja=maj "
    "czerwca=czerwiec lipca=lipiec sierpnia=sierpień września=wrzesień "
    "października=październik listopada=listopad grudnia=grudzień")
MONTHS(TR, "ocak şubat mart nisan mayıs haziran temmuz ağustos eylül ekim kasım "
    "aralık")
MONTHS(RU, "января=январь=январе февраля=февраль=феврале марта=март=марте "
    "апреля=апрель=апреле мая=май=мае июня=июнь=июне июля=июль=июле "
    "августа=август=августе сентября=сентябрь=сентябре октября=октябрь=октябре "
    "ноября=ноябрь=ноябре декабря=декабрь=декабре")
MONTHS(UK, "січня=січень лютого=лютий березня=березень квітня=квітень "
    "травня=травень червня=червень липня=липень серпня=серпень вересня=вересень "
    "жовтня=жовтень листопада=листопад грудня=грудень")

WEEKDAYS(EN, "monday tuesday wednesday thursday friday saturday sunday")
WEEKDAYS(EN, "mondays tuesdays wednesdays thursdays fridays saturdays sundays")
WEEKDAYS(DE, "montag=montags dienstag=dienstags mittwoch=mittwochs "
    "donnerstag=donnerstags freitag=freitags samstag=sonnabend=samstags "
    "sonntag=sonntags")
WEEKDAYS(FR, "lundi=lundis mardi=mardis mercredi=mercredis jeudi=jeudis "
    "vendredi=vendredis samedi=samedis dimanche=dimanches")
WEEKDAYS(ES, "lunes martes miércoles jueves viernes sábado=sábados "
    "domingo=domingos")
WEEKDAYS(IT, "lunedì martedì mercoledì giovedì venerdì sabato domenica")
WEEKDAYS(NL, "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag")
WEEKDAYS(SV, "måndag tisdag onsdag torsdag fredag lördag söndag")
WEEKDAYS(PL, "poniedziałek wtorek środa=środę czwartek piątek sobota=sobotę "
    "niedziela=niedzielę")
WEEKDAYS(RU, "понедельник вторник среда=среду четверг пятница=пятницу "
    "суббота=субботу воскресенье")
WEEKDAYS(UK, "понеділок вівторок середа=середу четвер пятниця субота=суботу "
    "неділя=неділю")

UNIT(PERCENT, "percent=prozent=procent=процент=процентов=проценты=percentage")
UNIT(SECOND, "second=seconds=sec=secs=sekunde=sekunden=seconde=secondes="
    "segundo=segundos=secondi=seconden=секунд=секунды=sekund=sekunder=秒")
UNIT(MINUTE, "minute=minutes=min=mins=minuten=minuto=minutos=minuti=минут="
    "минуты=minut=minuty=minuter=хвилин=分=분")
UNIT(HOUR, "hour=hours=hr=hrs=stunde=stunden=heure=heures=hora=horas=ora=ore="
    "uur=uren=час=часа=часов=godzin=godziny=timmar=годин=时=時=小=h")
UNIT(DAY, "day=days=tag=tage=tagen=jour=jours=día=días=giorno=giorni=dia=dias="
    "dag=dagen=dagar=день=дня=дней=dni=dzień=дні=днів=gün=天=일")
UNIT(WEEK, "week=weeks=woche=wochen=semaine=semaines=semana=semanas=settimana="
    "settimane=weken=vecka=veckor=неделя=недели=недель=tydzień=tygodni=周")
UNIT(MONTH, "month=months=monat=monate=monaten=mois=mes=meses=mese=mesi=mês="
    "maand=maanden=månad=månader=месяц=месяца=месяцев=miesiąc=miesięcy")
UNIT(YEAR, "year=years=jahr=jahre=jahren=an=ans=année=années=año=años=anno="
    "anni=ano=anos=jaar=år=год=года=лет=lat=lata=рік=років=yıl")
UNIT(MM, "mm=millimeter=millimeters=millimetre=millimetres")
UNIT(CM, "cm=centimeter=centimeters=centimetre=centimetres=zentimeter")
UNIT(METRE, "meter=meters=metre=metres=metros=mètres=metri=метров=метра=m")
UNIT(KM, "km=kilometer=kilometers=kilometre=kilometres=kilometern=kilómetros="
    "kilomètres=chilometri=километров=км")
UNIT(INCH, "inch=inches=zoll")
UNIT(FOOT, "foot=feet=ft")
UNIT(MILE, "mile=miles=meilen")
UNIT(MG, "mg=milligram=milligrams=milligramm")
UNIT(GRAM, "gram=grams=gramm=grammes=gramos=grammi=грамм=г=g")
UNIT(KG, "kg=kilo=kilos=kilogram=kilograms=kilogramm=кг=килограмм")
UNIT(POUND, "lb=lbs")
UNIT(ML, "ml=milliliter=milliliters=millilitre=millilitres")
UNIT(LITRE, "liter=liters=litre=litres=litros=litri=литр=литра=литров=l")
UNIT(CELSIUS, "celsius=centigrade")
UNIT(FAHRENHEIT, "fahrenheit")
UNIT(KB, "kb=kilobyte=kilobytes=kib")
UNIT(MB, "mb=megabyte=megabytes=mib")
UNIT(GB, "gb=gigabyte=gigabytes=gib=go")
UNIT(TB, "tb=terabyte=terabytes=tib")
UNIT(MS, "ms=millisecond=milliseconds=millisekunden")
UNIT(KMH, "kmh")
UNIT(MPH, "mph")

MONEY(USD, "dollar=dollars=usd=dólares=dollari=доллар=доллара=долларов=美")
MONEY(EUR, "euro=euros=eur=euró=евро=євро=欧")
MONEY(GBP, "gbp=sterling=pounds=pfund=livres=libras=фунтов")
MONEY(JPY, "yen=jpy=иен=円")
MONEY(CNY, "yuan=rmb=cny=renminbi=元=块=юаней")
MONEY(INR, "rupee=rupees=inr=rupien=рупий")
MONEY(CHF, "chf=franken=francs")
MONEY(CAD, "cad")
MONEY(AUD, "aud")
MONEY(SEK, "sek=kronor")
MONEY(PLN, "pln=zł=złotych=złote=zloty")
MONEY(BRL, "brl=reais")
MONEY(MXN, "mxn=pesos")
MONEY(RUB, "rub=ruble=rubles=rouble=roubles=rubel=руб=рублей=рубля=рубль")
MONEY(UAH, "uah=hryvnia=гривень=гривні=грн")
MONEY(TRY, "lira=tl")
MONEY(KRW, "krw=원")
MONEY(CENT, "cent=cents=centimes=céntimos=centavos=centesimi")

{ MEANS_STEP, LANGUAGE_NONE, 0, "step=schritt=étape=paso=passo=stap=steg=krok="
    "шаг=крок=option=phase=figure=footnote=variant=variante=teil=method="
    "approach=reason=example=beispiel=exemple=ejemplo=item" },
{ MEANS_NOT, LANGUAGE_NONE, 0, "not=no=never=cannot=nor=neither=without=t="
    "nicht=kein=keine=keinen=keinem=keiner=keines=nie=niemals=ohne=pas="
    "jamais=sans=aucun=aucune=nunca=sin=ningún=ninguna=tampoco=non=mai=senza="
    "nessun=nessuno=nessuna=não=sem=nenhum=nenhuma=niet=geen=nooit=zonder="
    "inte=aldrig=utan=ingen=inget=nie=nigdy=bez=değil=yok=не=нет=никогда=без="
    "немає=ніколи=不=没=沒=無=无=未=않=못=없" },
{ MEANS_CARRIER, LANGUAGE_NONE, 0, "do=does=did=don=doesn=didn=can=could=couldn="
    "will=would=won=wouldn=isn=aren=wasn=weren=hasn=haven=hadn=should=shouldn="
    "must=mustn=need=needn=any=ne=n=a=an=ein=eine=einen=einem=einer=eines=un=une=de="
    "des=du=hay=есть=有=있=을=를=지=수" },
{ MEANS_HALF_DAY, LANGUAGE_NONE, 0, "am" },
{ MEANS_HALF_DAY, LANGUAGE_NONE, 12, "pm" },
};
const size_t lexicon_line_count = COUNT_OF(lexicon_lines);
