//! Signing a credential: the template's way against the full way and the bare signature's order of magnitude (design §11:
//! one thread, at least 100 times `@digitalbazaar/vc`), and verifying. `cargo bench --bench sign`.

#![expect(clippy::unwrap_used, reason = "a bench that cannot start should say so")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use open_badges::proof::eddsa_rdfc;
use open_badges::proof::template::Template;
use open_badges::status_list::{Bits, MIN_SIZE, Permutation};
use open_badges::{Award, Shape, StatusEntry, credential, did};
use sample::Sample;

#[path = "sample.rs"]
mod sample;

fn sign(bench: &mut Criterion) {
    let Sample { issuer, achievement, award, key, method, time } = Sample::new();
    let template = Template::new(&issuer, &achievement, &Shape::of(&award), &method).unwrap();
    let mut index = 0;
    bench.bench_function("sign/template", |b| {
        b.iter(|| {
            index += 1;
            let status = award.status.clone().map(|status| StatusEntry { index, ..status });
            let award = Award { status, ..award.clone() };
            template.sign(black_box(&award), &key, time).unwrap()
        });
    });
    let mut slow = bench.benchmark_group("slow");
    slow.sample_size(20);
    slow.bench_function("sign/full", |b| {
        b.iter(|| credential::sign(&issuer, &achievement, black_box(&award), &key, &method, time).unwrap());
    });
    slow.bench_function("sign/build_template", |b| {
        b.iter(|| Template::new(&issuer, &achievement, &Shape::of(black_box(&award)), &method).unwrap());
    });
    let signed = template.sign(&award, &key, time).unwrap();
    let document = serde_json::from_str(&signed.json).unwrap();
    let controller = did::document(&issuer.did, &[key.public_multibase()], &[]);
    slow.bench_function("verify", |b| {
        b.iter(|| eddsa_rdfc::verify(black_box(&document), &controller, time).unwrap());
    });
    slow.finish();
}

fn status_list(bench: &mut Criterion) {
    let permutation = Permutation::new(&[1; 32], MIN_SIZE).unwrap();
    bench.bench_function("status/index", |b| b.iter(|| permutation.index_of(black_box(77))));
    let mut bits = Bits::new(MIN_SIZE).unwrap();
    for counter in 0..3_000 {
        bits.set(permutation.index_of(counter).unwrap()).unwrap();
    }
    bench.bench_function("status/encode", |b| b.iter(|| black_box(&bits).encode()));
}

criterion_group!(benches, sign, status_list);
criterion_main!(benches);
