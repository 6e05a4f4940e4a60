//! Reading JSON of strangers without giving up a whole answer for one odd entry: a member of the wrong type reads
//! as absent, an entry that is no object as unreadable. Pure; borrows nothing and keeps only what is asked for.

use std::{fmt, marker::PhantomData};

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::{
    Deserialize, Deserializer,
    de::{DeserializeOwned, Error, IgnoredAny, MapAccess, SeqAccess, Visitor, value::MapAccessDeserializer},
};

/// The longest text that is looked at, in bytes.
const LONGEST: usize = 255;
/// Digits of the largest number by which a platform calls something.
const MOST_DIGITS: usize = 20;

/// A text, number or truth value; anything else reads as absent.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Scalar {
    /// Nothing, null, or something else.
    #[default]
    Absent,
    /// A text.
    Text(String),
    /// A number, as written by JSON.
    Number(String),
    /// A truth value.
    Flag(bool),
}

impl Scalar {
    /// The text.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) if !text.is_empty() && text.len() <= LONGEST => Some(text),
            _ => None,
        }
    }

    /// A number by which a platform calls something: digits only, without zeros in front.
    #[must_use]
    pub fn id(&self) -> Option<String> {
        let (Self::Text(text) | Self::Number(text)) = self else { return None };
        let is_number =
            (1..=MOST_DIGITS).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
        let text = text.trim_start_matches('0');
        (is_number && !text.is_empty()).then(|| text.to_owned())
    }

    /// A whole number that is not negative.
    #[must_use]
    pub fn count(&self) -> Option<u64> {
        let (Self::Text(text) | Self::Number(text)) = self else { return None };
        text.parse().ok()
    }

    /// An exact number of at most 28 digits.
    #[must_use]
    pub fn decimal(&self) -> Option<Decimal> {
        let (Self::Text(text) | Self::Number(text)) = self else { return None };
        if text.len() > 64 {
            return None;
        }
        let exact = Decimal::from_str_exact(text).or_else(|_| Decimal::from_scientific(text));
        exact.ok().map(|number| number.normalize())
    }

    /// A truth value, also as 0 and 1.
    #[must_use]
    pub fn flag(&self) -> Option<bool> {
        match self {
            Self::Flag(flag) => Some(*flag),
            Self::Text(text) | Self::Number(text) => match text.as_str() {
                "1" | "true" => Some(true),
                "0" | "false" => Some(false),
                _ => None,
            },
            Self::Absent => None,
        }
    }

    /// A moment as RFC 3339 writes it, cut to microseconds.
    #[must_use]
    pub fn moment(&self) -> Option<DateTime<Utc>> {
        let read = DateTime::parse_from_rfc3339(self.text()?).ok()?;
        DateTime::from_timestamp_micros(read.timestamp_micros())
    }

    /// A moment in seconds since 1970; 0 is none.
    #[must_use]
    pub fn seconds(&self) -> Option<DateTime<Utc>> {
        let seconds = self.count().filter(|seconds| *seconds > 0)?;
        DateTime::from_timestamp(i64::try_from(seconds).ok()?, 0).filter(|at| at.timestamp() < LATEST)
    }
}

/// The end of the year 9999.
const LATEST: i64 = 253_402_300_800;

impl<'de> Deserialize<'de> for Scalar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl<'de> Visitor<'de> for Any {
            type Value = Scalar;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("anything")
            }
            fn visit_bool<E>(self, flag: bool) -> Result<Scalar, E> {
                Ok(Scalar::Flag(flag))
            }
            fn visit_i64<E>(self, number: i64) -> Result<Scalar, E> {
                Ok(Scalar::Number(number.to_string()))
            }
            fn visit_u64<E>(self, number: u64) -> Result<Scalar, E> {
                Ok(Scalar::Number(number.to_string()))
            }
            fn visit_f64<E>(self, number: f64) -> Result<Scalar, E> {
                // The shortest text that reads as the same number: what the platform wrote.
                let number = serde_json::Number::from_f64(number);
                Ok(number.map_or(Scalar::Absent, |number| Scalar::Number(number.to_string())))
            }
            fn visit_str<E>(self, text: &str) -> Result<Scalar, E> {
                // What is longer than anything we ask for is not copied.
                Ok(if text.len() <= LONGEST { Scalar::Text(text.to_owned()) } else { Scalar::Absent })
            }
            fn visit_unit<E>(self) -> Result<Scalar, E> {
                Ok(Scalar::Absent)
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Scalar, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Scalar::Absent)
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Scalar, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Scalar::Absent)
            }
        }
        deserializer.deserialize_any(Any)
    }
}

/// The visits of a visitor that finds nothing in a plain value.
macro_rules! nothing_plain {
    ($nothing:expr) => {
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("anything")
        }
        fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
            Ok($nothing)
        }
        fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> {
            Ok($nothing)
        }
        fn visit_u64<E: Error>(self, _: u64) -> Result<Self::Value, E> {
            Ok($nothing)
        }
        fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
            Ok($nothing)
        }
        fn visit_str<E: Error>(self, _: &str) -> Result<Self::Value, E> {
            Ok($nothing)
        }
        fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
            Ok($nothing)
        }
    };
}

/// An object read as a `T`; nothing where something else stands.
#[derive(Clone, Debug)]
pub struct Entry<T>(pub Option<T>);

impl<T> Default for Entry<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Entry<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Shape<T>(PhantomData<T>);
        impl<'de, T: DeserializeOwned> Visitor<'de> for Shape<T> {
            type Value = Entry<T>;

            nothing_plain!(Entry(None));
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map)).map(|read| Entry(Some(read)))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Entry(None))
            }
        }
        deserializer.deserialize_any(Shape(PhantomData))
    }
}

/// A list of entries; nothing where something else stands.
#[derive(Clone, Debug)]
pub struct List<T>(pub Option<Vec<Entry<T>>>);

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Shape<T>(PhantomData<T>);
        impl<'de, T: DeserializeOwned> Visitor<'de> for Shape<T> {
            type Value = List<T>;

            nothing_plain!(List(None));
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(List(None))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = seq.next_element()? {
                    entries.push(entry);
                }
                Ok(List(Some(entries)))
            }
        }
        deserializer.deserialize_any(Shape(PhantomData))
    }
}
