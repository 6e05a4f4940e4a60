//! CSV, read as it arrives and written so that no spreadsheet executes it. Pure; bytes in, records out.
//!
//! RFC 4180 by `csv-core`, with what spreadsheets do: comma, semicolon or tab (told by the first line), any line end, a
//! byte order mark, lines of nothing but delimiters. A record is kept up to [`MOST_BYTES`] and [`MOST_CELLS`]; of a
//! larger one only its line is told. A quote that is never closed is refused, where others take it for the end.

use csv_core::ReadRecordResult;

use super::Unreadable;

/// The most bytes of a record, and the most of its first line.
pub const MOST_BYTES: usize = 64 * 1024;
/// The most cells of a record.
pub const MOST_CELLS: usize = 64;

/// A record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    /// The line on which it begins, from 1.
    pub line: u64,
    /// Its cells; `None` when it has too many or is too large.
    pub cells: Option<Vec<String>>,
}

/// Reads CSV piece by piece.
#[derive(Debug)]
pub struct Reader {
    /// What came before the first line end, until the delimiter is known.
    head: Vec<u8>,
    core: Option<csv_core::Reader>,
    /// The record's bytes, and where its cells end in them.
    bytes: Vec<u8>,
    ends: Vec<usize>,
    written: usize,
    cells: usize,
    /// It has had more bytes or cells than are kept.
    is_too_large: bool,
    /// Something of a record has been read.
    has_begun: bool,
    /// On which line what comes next stands, and where the record began.
    line: u64,
    began: u64,
    /// The last byte was a carriage return.
    was_return: bool,
}

impl Default for Reader {
    fn default() -> Self {
        Self {
            head: Vec::new(),
            core: None,
            bytes: vec![0; MOST_BYTES],
            // One more, so that a record that has as many is told from a larger one.
            ends: vec![0; MOST_CELLS + 1],
            written: 0,
            cells: 0,
            is_too_large: false,
            has_begun: false,
            line: 1,
            began: 1,
            was_return: false,
        }
    }
}

impl Reader {
    /// Takes the next bytes and gives what is complete.
    ///
    /// # Errors
    /// Text that is not UTF-8, or no CSV.
    pub fn push(&mut self, bytes: &[u8], into: &mut Vec<Record>) -> Result<(), Unreadable> {
        if self.core.is_some() {
            return self.read(bytes, into);
        }
        self.head.extend_from_slice(bytes);
        if self.head.len() < MOST_BYTES && !self.head.iter().any(|byte| matches!(byte, b'\n' | b'\r')) {
            return Ok(());
        }
        self.begin(into)
    }

    /// Says that nothing more comes.
    ///
    /// # Errors
    /// As [`Reader::push`]; a quote that is never closed.
    pub fn finish(&mut self, into: &mut Vec<Record>) -> Result<(), Unreadable> {
        if self.core.is_none() {
            self.begin(into)?;
        }
        if !self.has_begun {
            return Ok(());
        }
        // A line end is the end of any record, unless it stands between quotes.
        let began = self.began;
        self.read(b"\n", into)?;
        if self.has_begun { Err(Unreadable::Unclosed { line: began }) } else { Ok(()) }
    }

    fn begin(&mut self, into: &mut Vec<Record>) -> Result<(), Unreadable> {
        let head = std::mem::take(&mut self.head);
        if head.starts_with(&[0xFF, 0xFE]) || head.starts_with(&[0xFE, 0xFF]) {
            return Err(Unreadable::Encoding { line: 1 });
        }
        let head = head.strip_prefix(&[0xEF, 0xBB, 0xBF][..]).unwrap_or(&head);
        let first = head.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
        let count = |wanted: u8| first.iter().filter(|byte| **byte == wanted).count();
        // The comma wins a draw.
        let delimiter = [b'\t', b';', b','].into_iter().max_by_key(|wanted| count(*wanted)).unwrap_or(b',');
        self.core = Some(csv_core::ReaderBuilder::new().delimiter(delimiter).build());
        self.read(head, into)
    }

    fn read(&mut self, mut bytes: &[u8], into: &mut Vec<Record>) -> Result<(), Unreadable> {
        loop {
            if !self.has_begun {
                // Empty lines are none of a record's.
                let empty = bytes.iter().take_while(|byte| matches!(byte, b'\n' | b'\r')).count();
                let (lines, rest) = bytes.split_at(empty);
                self.count(lines)?;
                self.began = self.line;
                bytes = rest;
            }
            // Without a byte the reader would take it for the end.
            if bytes.is_empty() {
                return Ok(());
            }
            self.has_begun = true;
            let Some(core) = &mut self.core else { return Ok(()) };
            let (output, ends) = (self.bytes.get_mut(self.written..), self.ends.get_mut(self.cells..));
            let (result, taken, written, cells) =
                core.read_record(bytes, output.unwrap_or_default(), ends.unwrap_or_default());
            let (taken, rest) = bytes.split_at_checked(taken).unwrap_or((bytes, &[]));
            bytes = rest;
            self.count(taken)?;
            self.written += written;
            self.cells += cells;
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {
                    // The rest of it is read to be forgotten.
                    (self.is_too_large, self.written, self.cells) = (true, 0, 0);
                }
                ReadRecordResult::Record | ReadRecordResult::End => self.end_record(into)?,
            }
        }
    }

    /// Counts line ends: a feed, a return, or both.
    fn count(&mut self, bytes: &[u8]) -> Result<(), Unreadable> {
        for byte in bytes {
            match byte {
                0 => return Err(Unreadable::Binary { line: self.line }),
                b'\n' if self.was_return => {}
                b'\n' | b'\r' => self.line += 1,
                _ => {}
            }
            self.was_return = *byte == b'\r';
        }
        Ok(())
    }

    fn end_record(&mut self, into: &mut Vec<Record>) -> Result<(), Unreadable> {
        let (line, count) = (self.began, self.cells);
        let is_too_large = std::mem::take(&mut self.is_too_large) || count > MOST_CELLS;
        (self.written, self.cells, self.has_begun) = (0, 0, false);
        if is_too_large {
            into.push(Record { line, cells: None });
            return Ok(());
        }
        let mut cells = Vec::with_capacity(count);
        let mut start = 0;
        for end in self.ends.iter().take(count) {
            let cell = self.bytes.get(start..*end).unwrap_or_default();
            let text = str::from_utf8(cell).map_err(|_| Unreadable::Encoding { line })?;
            cells.push(text.to_owned());
            start = *end;
        }
        if cells.iter().any(|cell| !cell.trim().is_empty()) {
            into.push(Record { line, cells: Some(cells) });
        }
        Ok(())
    }
}

/// Writes records, defused and with quotes where they are needed.
///
/// # Errors
/// Never, into memory.
pub fn write<I, C>(records: impl IntoIterator<Item = I>) -> Result<Vec<u8>, csv::Error>
where
    I: IntoIterator<Item = C>,
    C: AsRef<str>,
{
    let mut writer =
        csv::WriterBuilder::new().flexible(true).terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for record in records {
        writer.write_record(record.into_iter().map(|cell| defused(cell.as_ref())))?;
    }
    writer.into_inner().map_err(|error| error.into_error().into())
}

/// A cell that no spreadsheet takes for a formula: with an apostrophe before what would begin one. Also inside of a
/// cell, after what another spreadsheet takes for the end of it (a semicolon, a tab, a line end).
#[must_use]
pub fn defused(cell: &str) -> String {
    let mut text = String::with_capacity(cell.len() + 1);
    let mut last = 0;
    for at in live(cell) {
        text.push_str(cell.get(last..at).unwrap_or_default());
        text.push('\'');
        last = at;
    }
    text.push_str(cell.get(last..).unwrap_or_default());
    text
}

/// What a cell said before it was defused.
#[must_use]
pub fn restored(cell: &str) -> String {
    let mut text = String::with_capacity(cell.len());
    let mut last = 0;
    for at in live(cell) {
        text.push_str(cell.get(last..at).unwrap_or_default());
        // What is live without an apostrophe was never defused.
        last = if cell.get(at..).is_some_and(|rest| rest.starts_with('\'')) { at + 1 } else { at };
    }
    text.push_str(cell.get(last..).unwrap_or_default());
    text
}

/// Where a spreadsheet would find a formula, or what looks as if it had been kept from being one.
fn live(cell: &str) -> Vec<usize> {
    let begins = |at: usize| {
        let rest = cell.get(at..).unwrap_or_default();
        let rest = rest.trim_start_matches('\'');
        rest.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
            || at == 0 && rest.starts_with(['\t', '\r', '\n'])
    };
    // Spaces and quotes before a formula do not keep every spreadsheet from it.
    let mut found: Vec<usize> = Vec::new();
    let mut may_begin = true;
    for (at, letter) in cell.char_indices() {
        if may_begin && begins(at) {
            found.push(at);
        }
        may_begin = match letter {
            ';' | ',' | '|' | '\t' | '\r' | '\n' => true,
            ' ' | '"' => may_begin,
            _ => false,
        };
    }
    found
}
