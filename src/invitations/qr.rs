//! Links as QR codes: a picture that a page shows as it comes, without a door of its own that a code could leak by
//! (docs/decisions/0028).

use async_graphql::Enum;
use base64::{Engine, engine::general_purpose::STANDARD};
use fast_qr::{
    ECL, QRBuilder, QRCode,
    convert::{Builder, svg::SvgBuilder},
};

use crate::outcome::Fault;

/// What a QR code is a picture in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Enum)]
pub enum QrCodeFormat {
    /// Lines, sharp at any size: for screens and print.
    #[default]
    Svg,
    /// Points: for programs that show nothing else.
    Png,
}

/// The quiet zone around a code that readers need, in modules.
const MARGIN: usize = 4;
/// Points of a module's side in a picture of points.
const SCALE: usize = 8;

/// A text as a QR code, as a data URI.
pub fn data_uri(text: &str, format: QrCodeFormat) -> Result<String, Fault> {
    let code = QRBuilder::new(text).ecl(ECL::M).build();
    let code = code.map_err(|error| Fault::because(format!("a QR code of {} characters: {error:?}", text.len())))?;
    let (kind, bytes) = match format {
        QrCodeFormat::Svg => ("image/svg+xml", SvgBuilder::default().margin(MARGIN).to_str(&code).into_bytes()),
        QrCodeFormat::Png => ("image/png", png(&code).map_err(|error| Fault(Box::new(error)))?),
    };
    Ok(format!("data:{kind};base64,{}", STANDARD.encode(bytes)))
}

/// Black on white, a bit for each point.
fn png(code: &QRCode) -> Result<Vec<u8>, png::EncodingError> {
    let modules = code.size + 2 * MARGIN;
    let side = modules * SCALE;
    let is_dark = |row: usize, column: usize| {
        let inside = |at: usize| at.checked_sub(MARGIN).filter(|at| *at < code.size);
        inside(row).zip(inside(column)).is_some_and(|(row, column)| code[row][column].value())
    };
    let mut rows = Vec::with_capacity(side * side.div_ceil(8));
    for point_row in 0..side {
        let mut row = vec![0_u8; side.div_ceil(8)];
        for column in (0..side).filter(|column| !is_dark(point_row / SCALE, column / SCALE)) {
            row[column / 8] |= 0x80 >> (column % 8);
        }
        rows.extend(row);
    }
    let side = u32::try_from(side).unwrap_or(u32::MAX);
    let mut picture = Vec::new();
    let mut encoder = png::Encoder::new(&mut picture, side, side);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::One);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&rows)?;
    writer.finish()?;
    Ok(picture)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The finder pattern of QR codes: dark, light, dark three wide, light, dark, along the first row of modules.
    #[test]
    fn both_pictures_show_a_code() {
        let text = "https://partner.example/invitations/abcdefghijklmnopqrstuvwx";
        let svg = data_uri(text, QrCodeFormat::Svg).unwrap_or_else(|fault| panic!("{}", fault.0));
        let svg = STANDARD.decode(svg.trim_start_matches("data:image/svg+xml;base64,")).unwrap_or_default();
        assert!(String::from_utf8_lossy(&svg).starts_with("<svg"), "{}", String::from_utf8_lossy(&svg));
        let picture = data_uri(text, QrCodeFormat::Png).unwrap_or_else(|fault| panic!("{}", fault.0));
        let picture = STANDARD.decode(picture.trim_start_matches("data:image/png;base64,")).unwrap_or_default();
        let decoder = png::Decoder::new(std::io::Cursor::new(picture));
        let mut reader = decoder.read_info().unwrap_or_else(|error| panic!("{error}"));
        let mut points = vec![0; reader.output_buffer_size().unwrap_or(0)];
        let info = reader.next_frame(&mut points).unwrap_or_else(|error| panic!("{error}"));
        let is_dark = |row: usize, column: usize| {
            let (y, x) = ((row + MARGIN) * SCALE, (column + MARGIN) * SCALE);
            points[y * info.line_size + x / 8] & (0x80 >> (x % 8)) == 0
        };
        let first_row: Vec<bool> = (0..7).map(|column| is_dark(0, column)).collect();
        assert_eq!(first_row, [true; 7]);
        let middle: Vec<bool> = (0..7).map(|column| is_dark(3, column)).collect();
        assert_eq!(middle, [true, false, true, true, true, false, true]);
    }
}
