//! Names for the demo's students: common surnames and characters of given names, as people in
//! Taiwan write them in Chinese and in Latin letters. The sample font has every one of them.

/// Common surnames, with their usual romanisation.
#[rustfmt::skip]
const SURNAMES: [(&str, &str); 100] = [
    ("陳", "Chen"), ("林", "Lin"), ("黃", "Huang"), ("張", "Chang"), ("李", "Lee"),
    ("王", "Wang"), ("吳", "Wu"), ("劉", "Liu"), ("蔡", "Tsai"), ("楊", "Yang"),
    ("許", "Hsu"), ("鄭", "Cheng"), ("謝", "Hsieh"), ("洪", "Hung"), ("郭", "Kuo"),
    ("邱", "Chiu"), ("曾", "Tseng"), ("廖", "Liao"), ("賴", "Lai"), ("徐", "Hsu"),
    ("周", "Chou"), ("葉", "Yeh"), ("蘇", "Su"), ("莊", "Chuang"), ("呂", "Lu"),
    ("江", "Chiang"), ("何", "Ho"), ("蕭", "Hsiao"), ("羅", "Lo"), ("高", "Kao"),
    ("潘", "Pan"), ("簡", "Chien"), ("朱", "Chu"), ("鍾", "Chung"), ("游", "Yu"),
    ("彭", "Peng"), ("詹", "Chan"), ("胡", "Hu"), ("施", "Shih"), ("沈", "Shen"),
    ("余", "Yu"), ("盧", "Lu"), ("梁", "Liang"), ("趙", "Chao"), ("顏", "Yen"),
    ("柯", "Ko"), ("翁", "Weng"), ("魏", "Wei"), ("孫", "Sun"), ("戴", "Tai"),
    ("范", "Fan"), ("方", "Fang"), ("宋", "Sung"), ("鄧", "Teng"), ("杜", "Tu"),
    ("傅", "Fu"), ("侯", "Hou"), ("曹", "Tsao"), ("薛", "Hsueh"), ("丁", "Ting"),
    ("卓", "Cho"), ("阮", "Juan"), ("馬", "Ma"), ("董", "Tung"), ("溫", "Wen"),
    ("唐", "Tang"), ("藍", "Lan"), ("石", "Shih"), ("蔣", "Chiang"), ("古", "Ku"),
    ("紀", "Chi"), ("姚", "Yao"), ("連", "Lien"), ("馮", "Feng"), ("歐", "Ou"),
    ("程", "Cheng"), ("湯", "Tang"), ("康", "Kang"), ("田", "Tien"), ("姜", "Chiang"),
    ("白", "Pai"), ("汪", "Wang"), ("鄒", "Tsou"), ("尤", "Yu"), ("巫", "Wu"),
    ("涂", "Tu"), ("龔", "Kung"), ("嚴", "Yen"), ("韓", "Han"), ("袁", "Yuan"),
    ("鐘", "Chung"), ("黎", "Li"), ("金", "Chin"), ("童", "Tung"), ("陸", "Lu"),
    ("夏", "Hsia"), ("柳", "Liu"), ("凃", "Tu"), ("邵", "Shao"), ("錢", "Chien"),
];

/// Characters of given names, with their usual romanisation.
#[rustfmt::skip]
const GIVEN: [(&str, &str); 200] = [
    ("家", "Chia"), ("豪", "Hao"), ("怡", "Yi"), ("君", "Chun"), ("雅", "Ya"),
    ("婷", "Ting"), ("冠", "Kuan"), ("宇", "Yu"), ("志", "Chih"), ("明", "Ming"),
    ("淑", "Shu"), ("芬", "Fen"), ("美", "Mei"), ("玲", "Ling"), ("俊", "Chun"),
    ("傑", "Chieh"), ("建", "Chien"), ("宏", "Hung"), ("佳", "Chia"), ("穎", "Ying"),
    ("子", "Tzu"), ("涵", "Han"), ("品", "Pin"), ("妤", "Yu"), ("承", "Cheng"),
    ("恩", "En"), ("詠", "Yung"), ("晴", "Ching"), ("柏", "Po"), ("翰", "Han"),
    ("彥", "Yen"), ("廷", "Ting"), ("宗", "Tsung"), ("哲", "Che"), ("欣", "Hsin"),
    ("文", "Wen"), ("惠", "Hui"), ("雯", "Wen"), ("珮", "Pei"), ("瑜", "Yu"),
    ("思", "Ssu"), ("妍", "Yen"), ("庭", "Ting"), ("瑋", "Wei"), ("靜", "Ching"),
    ("如", "Ju"), ("心", "Hsin"), ("儀", "Yi"), ("依", "Yi"), ("蓉", "Jung"),
    ("育", "Yu"), ("誠", "Cheng"), ("正", "Cheng"), ("信", "Hsin"), ("秀", "Hsiu"),
    ("英", "Ying"), ("玉", "Yu"), ("珍", "Chen"), ("芳", "Fang"), ("麗", "Li"),
    ("國", "Kuo"), ("華", "Hua"), ("偉", "Wei"), ("銘", "Ming"), ("仁", "Jen"),
    ("德", "Te"), ("義", "Yi"), ("忠", "Chung"), ("孝", "Hsiao"), ("慈", "Tzu"),
    ("安", "An"), ("平", "Ping"), ("和", "Ho"), ("智", "Chih"), ("勇", "Yung"),
    ("勝", "Sheng"), ("利", "Li"), ("榮", "Jung"), ("昌", "Chang"), ("盛", "Sheng"),
    ("小", "Hsiao"), ("大", "Ta"), ("中", "Chung"), ("天", "Tien"), ("月", "Yueh"),
    ("星", "Hsing"), ("雲", "Yun"), ("雨", "Yu"), ("雪", "Hsueh"), ("風", "Feng"),
    ("山", "Shan"), ("川", "Chuan"), ("海", "Hai"), ("洋", "Yang"), ("波", "Po"),
    ("松", "Sung"), ("竹", "Chu"), ("梅", "Mei"), ("蘭", "Lan"), ("菊", "Chu"),
    ("春", "Chun"), ("夏", "Hsia"), ("秋", "Chiu"), ("冬", "Tung"), ("東", "Tung"),
    ("青", "Ching"), ("紅", "Hung"), ("紫", "Tzu"), ("碧", "Pi"), ("翠", "Tsui"),
    ("琪", "Chi"), ("琳", "Lin"), ("瑩", "Ying"), ("璇", "Hsuan"), ("瑄", "Hsuan"),
    ("璟", "Ching"), ("珊", "Shan"), ("瑞", "Jui"), ("琬", "Wan"), ("琦", "Chi"),
    ("昱", "Yu"), ("昕", "Hsin"), ("晨", "Chen"), ("曉", "Hsiao"), ("暉", "Hui"),
    ("旭", "Hsu"), ("昇", "Sheng"), ("景", "Ching"), ("晏", "Yen"), ("映", "Ying"),
    ("浩", "Hao"), ("瀚", "Han"), ("淳", "Chun"), ("澤", "Tse"), ("沛", "Pei"),
    ("淇", "Chi"), ("潔", "Chieh"), ("湘", "Hsiang"), ("洛", "Lo"), ("泓", "Hung"),
    ("維", "Wei"), ("綸", "Lun"), ("綺", "Chi"), ("緯", "Wei"), ("紹", "Shao"),
    ("緒", "Hsu"), ("綾", "Ling"), ("紋", "Wen"), ("純", "Chun"), ("絲", "Ssu"),
    ("祥", "Hsiang"), ("祐", "Yu"), ("禎", "Chen"), ("禮", "Li"), ("福", "Fu"),
    ("祺", "Chi"), ("禹", "Yu"), ("秉", "Ping"), ("穗", "Sui"), ("程", "Cheng"),
    ("敏", "Min"), ("敬", "Ching"), ("政", "Cheng"), ("敦", "Tun"), ("效", "Hsiao"),
    ("齊", "Chi"), ("嘉", "Chia"), ("善", "Shan"), ("喬", "Chiao"), ("立", "Li"),
    ("竣", "Chun"), ("端", "Tuan"), ("筠", "Yun"), ("筱", "Hsiao"), ("翔", "Hsiang"),
    ("羽", "Yu"), ("翊", "Yi"), ("聖", "Sheng"), ("聿", "Yu"), ("芸", "Yun"),
    ("芷", "Chih"), ("若", "Jo"), ("茵", "Yin"), ("菁", "Ching"), ("萱", "Hsuan"),
    ("蓓", "Pei"), ("薇", "Wei"), ("蕙", "Hui"), ("藝", "Yi"), ("馨", "Hsin"),
    ("騰", "Teng"), ("駿", "Chun"), ("鈞", "Chun"), ("鈺", "Yu"), ("銓", "Chuan"),
    ("鋒", "Feng"), ("錦", "Chin"), ("鑫", "Hsin"), ("靖", "Ching"), ("韻", "Yun"),
];

/// How many different names there are.
const COUNT: usize = SURNAMES.len() * GIVEN.len() * GIVEN.len();
/// Steps through all names in an order that looks drawn at random; shares no factor with
/// [`COUNT`], so that no name comes twice.
const STEP: usize = 1_618_033;
/// Where the stepping begins.
const START: usize = 123_457;

/// The Chinese and the English name of student `n`; the first [`COUNT`] students have names of
/// their own.
pub(super) fn name(n: usize) -> (String, String) {
    let (surname, first, second) = drawn(n);
    written(surname, first, second)
}

/// The names of student `n` after a change of given name.
pub(super) fn renamed(n: usize) -> (String, String) {
    let (surname, first, second) = drawn(n);
    written(surname, first, (second + 1) % GIVEN.len())
}

/// Which surname, and which two characters.
const fn drawn(n: usize) -> (usize, usize, usize) {
    let drawn = (START + n % COUNT * STEP) % COUNT;
    let pair = drawn / SURNAMES.len();
    (drawn % SURNAMES.len(), pair / GIVEN.len(), pair % GIVEN.len())
}

fn written(surname: usize, first: usize, second: usize) -> (String, String) {
    let (family, family_en) = SURNAMES[surname];
    let ((one, one_en), (two, two_en)) = (GIVEN[first], GIVEN[second]);
    let family_en = family_en.to_uppercase();
    (format!("{family}{one}{two}"), format!("{family_en}, {one_en}-{two_en}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn students_have_names_of_their_own() {
        let names: BTreeSet<String> = (0..20_000).map(|n| name(n).0).collect();
        assert_eq!(names.len(), 20_000);
        assert_eq!(name(0), name(COUNT));
        assert_eq!(name(1), ("鐘雨俊".into(), "CHUNG, Yu-Chun".into()));
    }

    #[test]
    fn a_new_name_keeps_the_surname_alone() {
        for n in 0..1000 {
            let (before, after) = (name(n).0, renamed(n).0);
            assert_ne!(before, after);
            assert_eq!(before.chars().next(), after.chars().next());
        }
    }

    #[test]
    fn the_sample_font_has_every_character() {
        let font = sealpress_config::defaults::files()
            .iter()
            .find(|(path, _)| path.ends_with(".ttf"))
            .unwrap();
        let font = printpdf::ParsedFont::from_bytes(font.1, 0, &mut Vec::new()).unwrap();
        for character in SURNAMES.iter().chain(&GIVEN).flat_map(|(written, _)| written.chars()) {
            let glyph = font.lookup_glyph_index(character.into()).unwrap_or(0);
            assert_ne!(glyph, 0, "{character}");
        }
    }
}
