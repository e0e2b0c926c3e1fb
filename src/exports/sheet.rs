//! Writing rows into a file, in a thread of its own: rows come by one channel, bytes leave by another. Neither holds more
//! than some pages, however long the list is.

use std::io::{self, Write};

use bytes::Bytes;
use entities::types::ExportFormat;
use rust_xlsxwriter::Workbook;
use tokio::sync::mpsc::{Receiver, Sender};

use super::rules::harmless;

/// What a writer is given.
pub enum Part {
    /// Some rows.
    Rows(Vec<Vec<String>>),
    /// There are no more. Without it the file is not whole.
    End,
}

/// Why nothing was written.
pub type Broken = Box<dyn std::error::Error + Send + Sync>;

/// Bytes that leave at once.
const CHUNK: usize = 64 * 1024;
/// What spreadsheets know UTF-8 by.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Writes a file; what leaves ends with an error where the rows do not come to their end.
pub fn write(
    format: ExportFormat,
    columns: &'static [&'static str],
    mut rows: Receiver<Part>,
    bytes: Sender<io::Result<Bytes>>,
) -> Result<(), Broken> {
    let mut outlet = Outlet { bytes, waiting: Vec::with_capacity(CHUNK) };
    let written = match format {
        ExportFormat::Csv => separated(columns, &mut rows, &mut outlet),
        ExportFormat::Xlsx => workbook(columns, &mut rows, &mut outlet),
    };
    let written = written.and_then(|()| Ok(outlet.flush()?));
    if let Err(error) = &written {
        // An error here means that nobody waits for it.
        let _ = outlet.bytes.blocking_send(Err(io::Error::other(error.to_string())));
    }
    written
}

/// The next rows; none after the last ones.
fn next(rows: &mut Receiver<Part>) -> Result<Option<Vec<Vec<String>>>, Broken> {
    match rows.blocking_recv() {
        Some(Part::Rows(rows)) => Ok(Some(rows)),
        Some(Part::End) => Ok(None),
        None => Err("the rows did not come to their end".into()),
    }
}

fn separated(columns: &[&str], rows: &mut Receiver<Part>, outlet: &mut Outlet) -> Result<(), Broken> {
    outlet.write_all(BYTE_ORDER_MARK)?;
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(outlet);
    writer.write_record(columns)?;
    while let Some(rows) = next(rows)? {
        for row in rows {
            writer.write_record(row.iter().map(|cell| harmless(cell).into_owned()))?;
        }
    }
    Ok(writer.flush()?)
}

/// Rows go to a temporary file first, which the workbook is made of at the end. Cells are written as texts, whatever they
/// look like.
fn workbook(columns: &[&str], rows: &mut Receiver<Part>, outlet: &mut Outlet) -> Result<(), Broken> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet_with_constant_memory()?;
    for (place, heading) in (0..).zip(columns) {
        sheet.write_string(0, place, *heading)?;
    }
    let mut line = 1;
    while let Some(rows) = next(rows)? {
        for row in rows {
            for (place, cell) in (0..).zip(&row) {
                sheet.write_string(line, place, harmless(cell))?;
            }
            line += 1;
        }
    }
    Ok(workbook.save_to_writer(outlet)?)
}

/// Where bytes leave.
struct Outlet {
    bytes: Sender<io::Result<Bytes>>,
    waiting: Vec<u8>,
}

impl Write for Outlet {
    fn write(&mut self, some: &[u8]) -> io::Result<usize> {
        self.waiting.extend_from_slice(some);
        if self.waiting.len() >= CHUNK {
            self.flush()?;
        }
        Ok(some.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let some = std::mem::take(&mut self.waiting);
        if some.is_empty() {
            return Ok(());
        }
        self.bytes.blocking_send(Ok(some.into())).map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))
    }
}
