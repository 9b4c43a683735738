//! A crowd of made-up students: names as they are spread in Taiwan, each from a number, so that
//! the same seed makes the same crowd.

/// Common surnames and how they are written in Latin letters, the commonest first.
#[rustfmt::skip]
const SURNAMES: [(&str, &str); 40] = [
    ("陳", "Chen"), ("林", "Lin"), ("黃", "Huang"), ("張", "Chang"), ("李", "Lee"),
    ("王", "Wang"), ("吳", "Wu"), ("劉", "Liu"), ("蔡", "Tsai"), ("楊", "Yang"),
    ("許", "Hsu"), ("鄭", "Cheng"), ("謝", "Hsieh"), ("洪", "Hung"), ("郭", "Kuo"),
    ("邱", "Chiu"), ("曾", "Tseng"), ("廖", "Liao"), ("賴", "Lai"), ("徐", "Hsu"),
    ("周", "Chou"), ("葉", "Yeh"), ("蘇", "Su"), ("莊", "Chuang"), ("呂", "Lu"),
    ("江", "Chiang"), ("何", "Ho"), ("蕭", "Hsiao"), ("羅", "Lo"), ("高", "Kao"),
    ("潘", "Pan"), ("簡", "Chien"), ("朱", "Chu"), ("鍾", "Chung"), ("游", "Yu"),
    ("彭", "Peng"), ("詹", "Chan"), ("歐陽", "Ouyang"), ("范姜", "Fan-Chiang"), ("司馬", "Szuma"),
];

/// Characters of given names.
#[rustfmt::skip]
const GIVEN: [(&str, &str); 60] = [
    ("家", "Chia"), ("豪", "Hao"), ("怡", "Yi"), ("君", "Chun"), ("雅", "Ya"), ("婷", "Ting"),
    ("冠", "Kuan"), ("宇", "Yu"), ("志", "Chih"), ("明", "Ming"), ("淑", "Shu"), ("芬", "Fen"),
    ("美", "Mei"), ("玲", "Ling"), ("俊", "Chun"), ("傑", "Chieh"), ("建", "Chien"), ("宏", "Hung"),
    ("佳", "Chia"), ("穎", "Ying"), ("子", "Tzu"), ("涵", "Han"), ("品", "Pin"), ("妤", "Yu"),
    ("承", "Cheng"), ("恩", "En"), ("詠", "Yung"), ("晴", "Ching"), ("柏", "Po"), ("翰", "Han"),
    ("彥", "Yen"), ("廷", "Ting"), ("宗", "Tsung"), ("哲", "Che"), ("欣", "Hsin"), ("文", "Wen"),
    ("惠", "Hui"), ("雯", "Wen"), ("珮", "Pei"), ("瑜", "Yu"), ("思", "Ssu"), ("妍", "Yen"),
    ("庭", "Ting"), ("瑋", "Wei"), ("靜", "Ching"), ("如", "Ju"), ("心", "Hsin"), ("儀", "Yi"),
    ("依", "Yi"), ("蓉", "Jung"), ("育", "Yu"), ("誠", "Cheng"), ("正", "Cheng"), ("信", "Hsin"),
    ("秀", "Hsiu"), ("英", "Ying"), ("玉", "Yu"), ("珍", "Chen"), ("芳", "Fang"), ("麗", "Li"),
];

/// Colleges, and a programme and a degree of each.
pub(crate) const COLLEGES: [(&str, &str, &str); 10] = [
    ("工學院", "機械工程學系", "工學學士"),
    ("電機資訊學院", "資訊工程學系", "工學學士"),
    ("管理學院", "企業管理學系", "管理學學士"),
    ("設計學院", "工業設計學系", "設計學學士"),
    ("文學院", "外國語文學系", "文學學士"),
    ("理學院", "應用數學系", "理學學士"),
    ("農學院", "農藝學系", "農學學士"),
    ("醫學院", "護理學系", "護理學學士"),
    ("法學院", "法律學系", "法學學士"),
    ("教育學院", "教育學系", "教育學學士"),
];

/// Numbers that look drawn at random, the same from the same seed (splitmix64).
#[derive(Debug)]
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `below`.
    pub(crate) fn below(&mut self, below: usize) -> usize {
        usize::try_from(self.roll() % below as u64).expect("smaller than a usize")
    }

    /// Whether something happens that happens to `many` of 10,000.
    pub(crate) fn happens(&mut self, many: usize) -> bool {
        self.below(10_000) < many
    }

    /// 128 bits.
    pub(crate) fn bits(&mut self) -> u128 {
        (u128::from(self.roll()) << 64) | u128::from(self.roll())
    }
}

/// The names of one student, in Chinese and in English.
pub(crate) fn names(dice: &mut Dice) -> (String, String) {
    // The smaller of two: the commonest surname has one in twenty, the rarest hardly anyone.
    let surname = dice.below(SURNAMES.len()).min(dice.below(SURNAMES.len()));
    let (family, family_en) = SURNAMES[surname];
    let (one, one_en) = GIVEN[dice.below(GIVEN.len())];
    let (two, two_en) = GIVEN[dice.below(GIVEN.len())];
    (format!("{family}{one}{two}"), format!("{}, {one_en}-{two_en}", family_en.to_uppercase()))
}
