//! How wide a text is. Nobody knows which font a viewer has, so this is nearly the width in a wide one
//! (DejaVu Sans; the margins beside a text take up the rest); most others are narrower.

/// Advance widths of U+0020 to U+007E in thousandths of the font size.
const ADVANCE: [u16; 95] = [
    318, 401, 460, 838, 636, 950, 780, 275, 390, 390, 500, 838, 318, 361, 318, 337, 636, 636, 636, 636, 636, 636, 636,
    636, 636, 636, 337, 337, 838, 838, 838, 531, 1000, 684, 686, 698, 770, 632, 575, 775, 752, 295, 295, 656, 557, 863,
    748, 787, 603, 787, 695, 635, 611, 732, 684, 989, 685, 611, 685, 390, 337, 390, 838, 500, 500, 613, 635, 550, 635,
    615, 352, 635, 634, 278, 278, 579, 278, 974, 634, 612, 635, 635, 411, 521, 392, 634, 592, 818, 592, 592, 525, 636,
    337, 636, 838,
];

/// How a text is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Font {
    /// Size in pixels.
    pub(super) size: i32,
    /// Bold letters are wider.
    pub(super) bold: bool,
}

/// Names of nodes.
pub(super) const LABEL: Font = Font { size: 12, bold: false };
/// Titles of regions.
pub(super) const TITLE: Font = Font { size: 12, bold: true };
/// Badges, choices, exits and the legend.
pub(super) const SMALL: Font = Font { size: 10, bold: false };

fn advance(c: char) -> u32 {
    match c {
        ' '..='~' => u32::from(ADVANCE[c as usize - 0x20]),
        '…' => 1000,
        '×' => 838,
        '·' => 318,
        '\u{300}'..='\u{36f}' => 0,
        '\u{a0}'..='\u{2ff}' => 800,
        _ => 1100,
    }
}

/// Width of `text` in pixels, rounded up.
pub(super) fn width(text: &str, font: Font) -> i32 {
    let sum: u32 = text.chars().map(advance).sum();
    let sum = if font.bold { sum * 9 / 8 } else { sum } * 94 / 100;
    (sum * font.size as u32).div_ceil(1000) as i32
}

/// `text` on one line, no wider than `room` pixels; what is cut off becomes `…`.
pub(super) fn fitted(text: &str, font: Font, room: i32) -> String {
    let text = visible(text);
    if width(&text, font) <= room {
        return text;
    }
    let mut kept = String::new();
    for c in text.chars() {
        kept.push(c);
        if width(&kept, font) + width("…", font) > room {
            kept.pop();
            break;
        }
    }
    kept.truncate(kept.trim_end().len());
    kept.push('…');
    kept
}

/// `text` on at most two lines, none wider than `room` pixels, broken at a space or behind a hyphen.
pub(super) fn lines(text: &str, font: Font, room: i32) -> Vec<String> {
    let text = visible(text);
    if width(&text, font) <= room {
        return vec![text];
    }
    let breaks = text.char_indices().filter(|(_, c)| matches!(c, ' ' | '-' | '/' | '_')).map(|(i, c)| i + c.len_utf8());
    let Some(cut) = breaks.take_while(|&i| width(text[..i].trim_end(), font) <= room).fold(None, |_, i| Some(i)) else {
        return vec![fitted(&text, font, room)];
    };
    let (first, rest) = text.split_at(cut);
    vec![first.trim_end().to_owned(), fitted(rest.trim_start(), font, room)]
}

fn visible(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>().trim().to_owned()
}
