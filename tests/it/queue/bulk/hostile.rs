//! Files that nobody should have to believe: other encodings, broken quotes, huge cells, formulas.

use laurel::domain::bulk::csv;
use proptest::prelude::*;
use serde_json::Value;

use super::{csv_of, id_of, outcome, upload};
use crate::support::api;

#[tokio::test]
async fn hostile_files_are_refused_in_plain_words_and_leave_nothing() {
    let app = api::app().await;
    let version = app.achievement("Saw").await;
    let good = format!("email,version_id\na@example.org,{version}\n");
    let cases: Vec<(Vec<u8>, &str)> = vec![
        ([good.as_bytes(), &b"m\xfcller@example.org,x\n"[..]].concat(), "bulk.encoding"),
        (
            [&[0xFF, 0xFE][..], &good.bytes().flat_map(|byte| [byte, 0]).collect::<Vec<_>>()].concat(),
            "bulk.encoding",
        ),
        ([good.as_bytes(), &b"a\0b,c\n"[..]].concat(), "bulk.encoding"),
        ([good.as_bytes(), &b"\"never closed,x\n1,2\n3,4\n"[..]].concat(), "bulk.quotes"),
        ([good.as_bytes(), &b"\"closed\",x\n\""[..]].concat(), "bulk.quotes"),
        (b"email,email,version_id\n".to_vec(), "bulk.header"),
        (b"email,grade,version_id\n".to_vec(), "bulk.header"),
        (b"name,version_id\n".to_vec(), "bulk.header"),
        (b"email\n".to_vec(), "bulk.header"),
        ("x".repeat(200_000).into_bytes(), "bulk.header"),
        (b"email,version_id\n".to_vec(), "bulk.empty"),
        (Vec::new(), "bulk.empty"),
    ];
    for (body, code) in cases {
        // A body that is no text.
        let client = reqwest_client();
        let answer = client
            .post(app.at("/api/v1/bulk-awards"))
            .header("authorization", format!("Bearer {}", app.api_key))
            .header("content-type", "text/csv")
            .body(body)
            .send()
            .await
            .unwrap();
        let status = answer.status().as_u16();
        let said: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
        assert!(status == 422 && said["code"] == code, "{code}: {said}");
        assert!(said["detail"].as_str().unwrap().len() > 20, "{said}");
    }
    for kind in ["text/plain", "text/csv; charset=latin1"] {
        let answer = upload(&app, kind, good.clone(), None).await;
        assert_eq!((answer.status, answer.code()), (415, "body.media_type"), "{kind}");
    }
    assert_eq!((app.count("bulk").await, app.count("bulk_row").await), (0, 0));
    // A huge cell and too many cells are their own rows' fault.
    let huge =
        format!("{good}{},{version}\nb@example.org,{version}\n{}\n", "x".repeat(10_000_000), ",".repeat(900));
    let id = id_of(&csv_of(&app, &huge).await);
    app.run_jobs().await;
    let (_, rows) = outcome(&app, &id).await;
    let said: Vec<_> = rows.iter().map(|row| row["code"].as_str().unwrap_or("")).collect();
    assert_eq!(said, ["", "row.too_long", "", "row.too_long"], "{rows:#?}");
}

#[expect(clippy::disallowed_methods, reason = "an integrator's client, not the program's")]
fn reqwest_client() -> reqwest::Client {
    reqwest::Client::builder().pool_max_idle_per_host(0).build().unwrap()
}

/// Whether some spreadsheet would take a cell for a formula, or what it takes for the next cell.
fn is_live(cell: &str) -> bool {
    cell.starts_with(['\t', '\r', '\n'])
        || cell.split([';', ',', '|', '\t', '\r', '\n']).any(|part| {
            part.trim_start_matches([' ', '"']).starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠'])
        })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    /// What is written reads back as it was, however it is cut while it arrives; and no cell begins a formula.
    #[test]
    fn what_is_written_reads_back(
        records in prop::collection::vec(prop::collection::vec("[a-z=+@'\", ;\\t\\r\\n\\-ü＝]{0,6}", 2..5), 1..6),
        cut in 1_usize..9,
    ) {
        let numbered = |(at, cells): (usize, &Vec<String>)| {
            std::iter::once(at.to_string()).chain(cells.iter().cloned()).collect::<Vec<_>>()
        };
        let records: Vec<Vec<String>> = records.iter().enumerate().map(numbered).collect();
        let mut bytes = b"a,b\r\n".to_vec();
        bytes.extend(csv::write(&records).unwrap());
        let (mut reader, mut found) = (csv::Reader::default(), Vec::new());
        for piece in bytes.chunks(cut) {
            reader.push(piece, &mut found).unwrap();
        }
        reader.finish(&mut found).unwrap();
        let lines: Vec<u64> = found.iter().map(|record| record.line).collect();
        prop_assert!(lines.is_sorted_by(|one, next| one < next), "{lines:?}");
        let found: Vec<Vec<String>> = found.into_iter().skip(1).map(|record| record.cells.unwrap()).collect();
        prop_assert!(!found.iter().flatten().any(|cell| is_live(cell)), "{found:?}");
        let restored: Vec<Vec<String>> =
            found.into_iter().map(|record| record.iter().map(|cell| csv::restored(cell)).collect()).collect();
        prop_assert_eq!(restored, records);
    }

    /// Anything at all is read or refused, and never more than it was.
    #[test]
    fn anything_is_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let (mut reader, mut found) = (csv::Reader::default(), Vec::new());
        if reader.push(&bytes, &mut found).is_ok() && reader.finish(&mut found).is_ok() {
            let read: usize = found.iter().flat_map(|record| record.cells.iter().flatten()).map(String::len).sum();
            prop_assert!(read <= bytes.len());
        }
    }
}
