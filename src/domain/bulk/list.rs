//! A list of rows in JSON, cut into its rows as it arrives: `{"rows": [{…}, …]}`. Pure; what a row says is read by
//! whoever gets it, so that one wrong row spoils no other.

use super::{Unreadable, csv::MOST_BYTES};

/// Cuts a list piece by piece.
#[derive(Debug, Default)]
pub struct Reader {
    at: At,
    /// What came before the rows, without spaces; or the row that has begun.
    buffer: Vec<u8>,
    depth: usize,
    is_in_text: bool,
    is_escaped: bool,
    is_too_large: bool,
    rows: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum At {
    /// Before the first row.
    #[default]
    Head,
    /// Before a row; whether a comma came.
    Between { needs_row: bool },
    /// After a row.
    After,
    /// In a row.
    Row,
    /// After the list.
    Tail,
    /// After all.
    End,
}

/// A row's JSON, and its number from 1; `None` when it is too large.
pub type Row = (u64, Option<Vec<u8>>);

impl Reader {
    /// Takes the next bytes and gives the rows that are complete.
    ///
    /// # Errors
    /// What is no such list.
    pub fn push(&mut self, bytes: &[u8], into: &mut Vec<Row>) -> Result<(), Unreadable> {
        for &byte in bytes {
            self.step(byte, into)?;
        }
        Ok(())
    }

    /// Says that nothing more comes.
    ///
    /// # Errors
    /// A list that has not ended.
    pub fn finish(&mut self) -> Result<(), Unreadable> {
        if self.at == At::End { Ok(()) } else { Err(self.wrong()) }
    }

    fn wrong(&self) -> Unreadable {
        Unreadable::Json { row: self.rows + 1 }
    }

    fn step(&mut self, byte: u8, into: &mut Vec<Row>) -> Result<(), Unreadable> {
        let is_space = matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
        match (self.at, byte) {
            (At::Row, _) => self.in_row(byte, into),
            _ if is_space => {}
            (At::Head, b'[') if self.buffer == b"{\"rows\":" => {
                self.buffer.clear();
                self.at = At::Between { needs_row: false };
            }
            (At::Head, _) if self.buffer.len() < 16 => self.buffer.push(byte),
            (At::Between { .. }, b'{') => {
                (self.at, self.depth) = (At::Row, 0);
                self.in_row(byte, into);
            }
            (At::After, b',') => self.at = At::Between { needs_row: true },
            (At::Between { needs_row: false } | At::After, b']') => self.at = At::Tail,
            (At::Tail, b'}') => self.at = At::End,
            _ => return Err(self.wrong()),
        }
        Ok(())
    }

    fn in_row(&mut self, byte: u8, into: &mut Vec<Row>) {
        if self.buffer.len() < MOST_BYTES {
            self.buffer.push(byte);
        } else {
            self.is_too_large = true;
        }
        if self.is_in_text {
            match byte {
                _ if self.is_escaped => self.is_escaped = false,
                b'\\' => self.is_escaped = true,
                b'"' => self.is_in_text = false,
                _ => {}
            }
            return;
        }
        match byte {
            b'"' => self.is_in_text = true,
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        if self.depth == 0 {
            self.rows += 1;
            let row = std::mem::take(&mut self.buffer);
            let row = (!std::mem::take(&mut self.is_too_large)).then_some(row);
            into.push((self.rows, row));
            self.at = At::After;
        }
    }
}
