//! Lengths after canonical composition (NFC), without composing anything.
//!
//! X counts a text after NFC. Instead of a normalising crate there is the table of Unicode's primary composites (version 14; later
//! versions added none outside rare historic scripts), Hangul's arithmetic, and the characters that NFC itself takes apart or
//! exchanges. Every character counts as its NFC form does, however it is written; a cluster whose marks stand out of canonical order
//! may count more, never less.

use std::sync::LazyLock;

use crate::shared::order;

/// A mark, and the pairs (base, composite) that it forms.
const COMPOSITES: &[(char, &str)] = &[
    (
        '\u{300}',
        "AÀEÈIÌNǸOÒUÙWẀYỲaàeèiìnǹoòuùwẁyỳ¨῭ÂẦÊỀÔỒÜǛâầêềôồüǜĂẰăằĒḔēḕŌṐōṑƠỜơờƯỪưừΑᾺΕῈΗῊΙῚΟῸΥῪΩῺαὰεὲηὴιὶοὸυὺωὼϊῒϋῢЕЀИЍеѐиѝἀἂἁἃἈἊἉἋἐἒἑἓἘἚἙἛἠἢἡἣἨἪἩἫἰἲἱἳἸἺἹἻὀὂὁὃὈὊὉὋὐὒὑὓὙὛὠὢὡὣὨὪὩὫ᾿῍῾῝",
    ),
    (
        '\u{301}',
        "AÁCĆEÉGǴIÍKḰLĹMḾNŃOÓPṔRŔSŚUÚWẂYÝZŹaácćeégǵiíkḱlĺmḿnńoópṕrŕsśuúwẃyýzź¨΅ÂẤÅǺÆǼÇḈÊẾÏḮÔỐÕṌØǾÜǗâấåǻæǽçḉêếïḯôốõṍøǿüǘĂẮăắĒḖēḗŌṒōṓŨṸũṹƠỚơớƯỨưứΑΆΕΈΗΉΙΊΟΌΥΎΩΏαάεέηήιίοόυύωώϊΐϋΰϒϓГЃКЌгѓкќἀἄἁἅἈἌἉἍἐἔἑἕἘἜἙἝἠἤἡἥἨἬἩἭἰἴἱἵἸἼἹἽὀὄὁὅὈὌὉὍὐὔὑὕὙὝὠὤὡὥὨὬὩὭ᾿῎῾῞",
    ),
    (
        '\u{302}',
        "AÂCĈEÊGĜHĤIÎJĴOÔSŜUÛWŴYŶZẐaâcĉeêgĝhĥiîjĵoôsŝuûwŵyŷzẑẠẬạậẸỆẹệỌỘọộ",
    ),
    (
        '\u{303}',
        "AÃEẼIĨNÑOÕUŨVṼYỸaãeẽiĩnñoõuũvṽyỹÂẪÊỄÔỖâẫêễôỗĂẴăẵƠỠơỡƯỮưữ",
    ),
    (
        '\u{304}',
        "AĀEĒGḠIĪOŌUŪYȲaāeēgḡiīoōuūyȳÄǞÆǢÕȬÖȪÜǕäǟæǣõȭöȫüǖǪǬǫǭȦǠȧǡȮȰȯȱΑᾹΙῙΥῩαᾱιῑυῡИӢУӮиӣуӯḶḸḷḹṚṜṛṝ",
    ),
    (
        '\u{306}',
        "AĂEĔGĞIĬOŎUŬaăeĕgğiĭoŏuŭȨḜȩḝΑᾸΙῘΥῨαᾰιῐυῠАӐЕӖЖӁИЙУЎаӑеӗжӂийуўẠẶạặ",
    ),
    (
        '\u{307}',
        "AȦBḂCĊDḊEĖFḞGĠHḢIİMṀNṄOȮPṖRṘSṠTṪWẆXẊYẎZŻaȧbḃcċdḋeėfḟgġhḣmṁnṅoȯpṗrṙsṡtṫwẇxẋyẏzżŚṤśṥŠṦšṧſẛṢṨṣṩ",
    ),
    (
        '\u{308}',
        "AÄEËHḦIÏOÖUÜWẄXẌYŸaäeëhḧiïoötẗuüwẅxẍyÿÕṎõṏŪṺūṻΙΪΥΫιϊυϋϒϔІЇАӒЕЁЖӜЗӞИӤОӦУӰЧӴЫӸЭӬаӓеёжӝзӟиӥоӧуӱчӵыӹэӭіїӘӚәӛӨӪөӫ",
    ),
    (
        '\u{309}',
        "AẢEẺIỈOỎUỦYỶaảeẻiỉoỏuủyỷÂẨÊỂÔỔâẩêểôổĂẲăẳƠỞơởƯỬưử",
    ),
    ('\u{30a}', "AÅUŮaåuůwẘyẙ"),
    ('\u{30b}', "OŐUŰoőuűУӲуӳ"),
    (
        '\u{30c}',
        "AǍCČDĎEĚGǦHȞIǏKǨLĽNŇOǑRŘSŠTŤUǓZŽaǎcčdďeěgǧhȟiǐjǰkǩlľnňoǒrřsštťuǔzžÜǙüǚƷǮʒǯ",
    ),
    ('\u{30f}', "AȀEȄIȈOȌRȐUȔaȁeȅiȉoȍrȑuȕѴѶѵѷ"),
    ('\u{311}', "AȂEȆIȊOȎRȒUȖaȃeȇiȋoȏrȓuȗ"),
    ('\u{313}', "ΑἈΕἘΗἨΙἸΟὈΩὨαἀεἐηἠιἰοὀρῤυὐωὠ"),
    ('\u{314}', "ΑἉΕἙΗἩΙἹΟὉΡῬΥὙΩὩαἁεἑηἡιἱοὁρῥυὑωὡ"),
    ('\u{31b}', "OƠUƯoơuư"),
    (
        '\u{323}',
        "AẠBḄDḌEẸHḤIỊKḲLḶMṂNṆOỌRṚSṢTṬUỤVṾWẈYỴZẒaạbḅdḍeẹhḥiịkḳlḷmṃnṇoọrṛsṣtṭuụvṿwẉyỵzẓƠỢơợƯỰưự",
    ),
    ('\u{324}', "UṲuṳ"),
    ('\u{325}', "AḀaḁ"),
    ('\u{326}', "SȘTȚsștț"),
    ('\u{327}', "CÇDḐEȨGĢHḨKĶLĻNŅRŖSŞTŢcçdḑeȩgģhḩkķlļnņrŗsştţ"),
    ('\u{328}', "AĄEĘIĮOǪUŲaąeęiįoǫuų"),
    ('\u{32d}', "DḒEḘLḼNṊTṰUṶdḓeḙlḽnṋtṱuṷ"),
    ('\u{32e}', "HḪhḫ"),
    ('\u{330}', "EḚIḬUṴeḛiḭuṵ"),
    ('\u{331}', "BḆDḎKḴLḺNṈRṞTṮZẔbḇdḏhẖkḵlḻnṉrṟtṯzẕ"),
    (
        '\u{338}',
        "<≮=≠>≯←↚→↛↔↮⇐⇍⇒⇏⇔⇎∃∄∈∉∋∌∣∤∥∦∼≁≃≄≅≇≈≉≍≭≡≢≤≰≥≱≲≴≳≵≶≸≷≹≺⊀≻⊁≼⋠≽⋡⊂⊄⊃⊅⊆⊈⊇⊉⊑⋢⊒⋣⊢⊬⊨⊭⊩⊮⊫⊯⊲⋪⊳⋫⊴⋬⊵⋭",
    ),
    (
        '\u{342}',
        "¨῁αᾶηῆιῖυῦωῶϊῗϋῧἀἆἁἇἈἎἉἏἠἦἡἧἨἮἩἯἰἶἱἷἸἾἹἿὐὖὑὗὙὟὠὦὡὧὨὮὩὯ᾿῏῾῟",
    ),
    (
        '\u{345}',
        "ΑᾼΗῌΩῼάᾴήῄαᾳηῃωῳώῴἀᾀἁᾁἂᾂἃᾃἄᾄἅᾅἆᾆἇᾇἈᾈἉᾉἊᾊἋᾋἌᾌἍᾍἎᾎἏᾏἠᾐἡᾑἢᾒἣᾓἤᾔἥᾕἦᾖἧᾗἨᾘἩᾙἪᾚἫᾛἬᾜἭᾝἮᾞἯᾟὠᾠὡᾡὢᾢὣᾣὤᾤὥᾥὦᾦὧᾧὨᾨὩᾩὪᾪὫᾫὬᾬὭᾭὮᾮὯᾯὰᾲὴῂὼῲᾶᾷῆῇῶῷ",
    ),
    ('\u{653}', "اآ"),
    ('\u{654}', "اأوؤيئہۂےۓەۀ"),
    ('\u{655}', "اإ"),
    ('\u{93c}', "नऩरऱळऴ"),
    ('\u{9be}', "\u{9c7}\u{9cb}"),
    ('\u{9d7}', "\u{9c7}\u{9cc}"),
    ('\u{b3e}', "\u{b47}\u{b4b}"),
    ('\u{b56}', "\u{b47}\u{b48}"),
    ('\u{b57}', "\u{b47}\u{b4c}"),
    ('\u{bbe}', "\u{bc6}\u{bca}\u{bc7}\u{bcb}"),
    ('\u{bd7}', "ஒஔ\u{bc6}\u{bcc}"),
    ('\u{c56}', "\u{c46}\u{c48}"),
    ('\u{cc2}', "\u{cc6}\u{cca}"),
    ('\u{cd5}', "\u{cbf}\u{cc0}\u{cc6}\u{cc7}\u{cca}\u{ccb}"),
    ('\u{cd6}', "\u{cc6}\u{cc8}"),
    ('\u{d3e}', "\u{d46}\u{d4a}\u{d47}\u{d4b}"),
    ('\u{d57}', "\u{d46}\u{d4c}"),
    ('\u{dca}', "\u{dd9}\u{dda}\u{ddc}\u{ddd}"),
    ('\u{dcf}', "\u{dd9}\u{ddc}"),
    ('\u{ddf}', "\u{dd9}\u{dde}"),
    ('\u{102e}', "ဥဦ"),
    (
        '\u{1b35}',
        "ᬅᬆᬇᬈᬉᬊᬋᬌᬍᬎᬑᬒ\u{1b3a}\u{1b3b}\u{1b3c}\u{1b3d}\u{1b3e}\u{1b40}\u{1b3f}\u{1b41}\u{1b42}\u{1b43}",
    ),
    (
        '\u{3099}',
        "うゔかがきぎくぐけげこごさざしじすずせぜそぞただちぢつづてでとどはばひびふぶへべほぼゝゞウヴカガキギクグケゲコゴサザシジスズセゼソゾタダチヂツヅテデトドハバヒビフブヘベホボワヷヰヸヱヹヲヺヽヾ",
    ),
    ('\u{309a}', "はぱひぴふぷへぺほぽハパヒピフプヘペホポ"),
    ('\u{110ba}', "𑂙𑂚𑂛𑂜𑂥𑂫"),
    ('\u{11127}', "\u{11131}\u{1112e}\u{11132}\u{1112f}"),
    ('\u{1133e}', "\u{11347}\u{1134b}"),
    ('\u{11357}', "\u{11347}\u{1134c}"),
    ('\u{114b0}', "\u{114b9}\u{114bc}"),
    ('\u{114ba}', "\u{114b9}\u{114bb}"),
    ('\u{114bd}', "\u{114b9}\u{114be}"),
    ('\u{115af}', "\u{115b8}\u{115ba}\u{115b9}\u{115bb}"),
    ('\u{11930}', "\u{11935}\u{11938}"),
];

/// The composite of a base and the character after it.
pub(super) fn compose(base: char, mark: char) -> Option<char> {
    if let Some(syllable) = hangul(base, mark) {
        return Some(syllable);
    }
    if (mark as u32) < 0x300 {
        return None;
    }
    let row = COMPOSITES
        .binary_search_by_key(&mark, |(mark, _)| *mark)
        .ok()?;
    let (_, pairs) = COMPOSITES.get(row)?;
    let mut pairs = pairs.chars();
    while let (Some(from), Some(to)) = (pairs.next(), pairs.next()) {
        if from == base {
            return Some(to);
        }
    }
    None
}

/// Composites and what they are made of, by the composite.
static PARTS: LazyLock<Vec<(char, char, char)>> = LazyLock::new(|| {
    let mut parts = Vec::new();
    for (mark, pairs) in COMPOSITES {
        let mut pairs = pairs.chars();
        while let (Some(base), Some(composite)) = (pairs.next(), pairs.next()) {
            parts.push((composite, base, *mark));
        }
    }
    order::sort(&mut parts);
    parts
});

/// The base and the mark of a composite.
pub(super) fn parts(composite: char) -> Option<(char, char)> {
    let index = PARTS
        .binary_search_by_key(&composite, |(composite, _, _)| *composite)
        .ok()?;
    PARTS.get(index).map(|(_, base, mark)| (*base, *mark))
}

/// The canonical combining class of the marks that compose; 0 for what keeps its place.
pub(super) fn class(mark: char) -> u8 {
    match mark as u32 {
        0x338 => 1,
        0x93c | 0x110ba => 7,
        0x3099 | 0x309a => 8,
        0xdca => 9,
        0xc56 => 91,
        0x327 | 0x328 => 202,
        0x31b => 216,
        0x323..=0x326 | 0x32d | 0x32e | 0x330 | 0x331 | 0x655 => 220,
        0x300..=0x304 | 0x306..=0x30c | 0x30f | 0x311 | 0x313 | 0x314 | 0x342 | 0x653 | 0x654 => {
            230
        }
        0x345 => 240,
        _ => 0,
    }
}

/// Syllables of conjoining jamo, by the arithmetic of the Unicode standard (section 3.12).
fn hangul(base: char, next: char) -> Option<char> {
    let (base, next) = (base as u32, next as u32);
    match (base, next) {
        (0x1100..=0x1112, 0x1161..=0x1175) => {
            char::from_u32(0xac00 + ((base - 0x1100) * 21 + (next - 0x1161)) * 28)
        }
        (0xac00..=0xd7a3, 0x11a8..=0x11c2) if (base - 0xac00) % 28 == 0 => {
            char::from_u32(base + next - 0x11a7)
        }
        _ => None,
    }
}

/// What NFC makes of a single character that does not stay itself: `None` for all others, and for those whose replacement lies
/// in the same part of Unicode and is as long.
pub(super) fn replaced(c: char) -> Option<&'static [char]> {
    Some(match c as u32 {
        0x344 => &['\u{308}', '\u{301}'],
        0x958 => &['\u{915}', '\u{93c}'],
        0x959 => &['\u{916}', '\u{93c}'],
        0x95a => &['\u{917}', '\u{93c}'],
        0x95b => &['\u{91c}', '\u{93c}'],
        0x95c => &['\u{921}', '\u{93c}'],
        0x95d => &['\u{922}', '\u{93c}'],
        0x95e => &['\u{92b}', '\u{93c}'],
        0x95f => &['\u{92f}', '\u{93c}'],
        0x9dc => &['\u{9a1}', '\u{9bc}'],
        0x9dd => &['\u{9a2}', '\u{9bc}'],
        0x9df => &['\u{9af}', '\u{9bc}'],
        0xa33 => &['\u{a32}', '\u{a3c}'],
        0xa36 => &['\u{a38}', '\u{a3c}'],
        0xa59 => &['\u{a16}', '\u{a3c}'],
        0xa5a => &['\u{a17}', '\u{a3c}'],
        0xa5b => &['\u{a1c}', '\u{a3c}'],
        0xa5e => &['\u{a2b}', '\u{a3c}'],
        0xb5c => &['\u{b21}', '\u{b3c}'],
        0xb5d => &['\u{b22}', '\u{b3c}'],
        0xf43 => &['\u{f42}', '\u{fb7}'],
        0xf4d => &['\u{f4c}', '\u{fb7}'],
        0xf52 => &['\u{f51}', '\u{fb7}'],
        0xf57 => &['\u{f56}', '\u{fb7}'],
        0xf5c => &['\u{f5b}', '\u{fb7}'],
        0xf69 => &['\u{f40}', '\u{fb5}'],
        0xf73 => &['\u{f71}', '\u{f72}'],
        0xf75 => &['\u{f71}', '\u{f74}'],
        0xf76 => &['\u{fb2}', '\u{f80}'],
        0xf78 => &['\u{fb3}', '\u{f80}'],
        0xf81 => &['\u{f71}', '\u{f80}'],
        0xf93 => &['\u{f92}', '\u{fb7}'],
        0xf9d => &['\u{f9c}', '\u{fb7}'],
        0xfa2 => &['\u{fa1}', '\u{fb7}'],
        0xfa7 => &['\u{fa6}', '\u{fb7}'],
        0xfac => &['\u{fab}', '\u{fb7}'],
        0xfb9 => &['\u{f90}', '\u{fb5}'],
        0x1f71 => &['\u{3ac}'],
        0x1f73 => &['\u{3ad}'],
        0x1f75 => &['\u{3ae}'],
        0x1f77 => &['\u{3af}'],
        0x1f79 => &['\u{3cc}'],
        0x1f7b => &['\u{3cd}'],
        0x1f7d => &['\u{3ce}'],
        0x1fbb => &['\u{386}'],
        0x1fbe => &['\u{3b9}'],
        0x1fc9 => &['\u{388}'],
        0x1fcb => &['\u{389}'],
        0x1fd3 => &['\u{390}'],
        0x1fdb => &['\u{38a}'],
        0x1fe3 => &['\u{3b0}'],
        0x1feb => &['\u{38e}'],
        0x1fee => &['\u{385}'],
        0x1fef => &['\u{60}'],
        0x1ff9 => &['\u{38c}'],
        0x1ffb => &['\u{38f}'],
        0x1ffd => &['\u{b4}'],
        0x2126 => &['\u{3a9}'],
        0x212a => &['\u{4b}'],
        0x212b => &['\u{c5}'],
        0x2adc => &['\u{2add}', '\u{338}'],
        0xfb2c => &['\u{5e9}', '\u{5bc}', '\u{5c1}'],
        0xfb2d => &['\u{5e9}', '\u{5bc}', '\u{5c2}'],
        0x1d15e => &['\u{1d157}', '\u{1d165}'],
        0x1d15f => &['\u{1d158}', '\u{1d165}'],
        0x1d160 => &['\u{1d158}', '\u{1d165}', '\u{1d16e}'],
        0x1d161 => &['\u{1d158}', '\u{1d165}', '\u{1d16f}'],
        0x1d162 => &['\u{1d158}', '\u{1d165}', '\u{1d170}'],
        0x1d163 => &['\u{1d158}', '\u{1d165}', '\u{1d171}'],
        0x1d164 => &['\u{1d158}', '\u{1d165}', '\u{1d172}'],
        0x1d1bb => &['\u{1d1b9}', '\u{1d165}'],
        0x1d1bc => &['\u{1d1ba}', '\u{1d165}'],
        0x1d1bd => &['\u{1d1b9}', '\u{1d165}', '\u{1d16e}'],
        0x1d1be => &['\u{1d1ba}', '\u{1d165}', '\u{1d16e}'],
        0x1d1bf => &['\u{1d1b9}', '\u{1d165}', '\u{1d16f}'],
        0x1d1c0 => &['\u{1d1ba}', '\u{1d165}', '\u{1d16f}'],
        _ => return None,
    })
}
