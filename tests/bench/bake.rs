//! Baking both badges into a picture of some 42 kB (design §11: at most 5 µs, no re-encoding). `cargo bench --bench bake`.

#![expect(clippy::unwrap_used, reason = "a bench that cannot start should say so")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use open_badges::bake::png::{Keyword, Limits, Master, bake, extract, validate_upload};
use open_badges::{assertion, credential};
use sample::Sample;

#[path = "sample.rs"]
mod sample;

fn baking(bench: &mut Criterion) {
    let Sample { issuer, achievement, award, key, method, time } = Sample::new();
    let picture = picture();
    let ob2 = assertion::assertion(&achievement, &award).to_string();
    let ob3 = credential::sign(&issuer, &achievement, &award, &key, &method, time).unwrap().json;
    let texts = [(Keyword::OpenBadges, ob2.as_str()), (Keyword::OpenBadgeCredential, ob3.as_str())];
    bench.bench_function("bake/checked", |b| b.iter(|| bake(black_box(&picture), &texts).unwrap()));
    let master = Master::parse(&picture).unwrap();
    bench.bench_function("bake/master", |b| b.iter(|| black_box(&master).bake(&texts)));
    let baked = master.bake(&texts);
    bench.bench_function("bake/extract", |b| b.iter(|| extract(black_box(&baked)).unwrap()));
    bench.bench_function("bake/validate_upload", |b| {
        b.iter(|| validate_upload(black_box(&picture), &Limits::default()).unwrap());
    });
}

/// Noise that does not compress: 102 × 102 RGBA.
fn picture() -> Vec<u8> {
    let mut state: u32 = 1;
    let pixels: Vec<u8> = (0..102 * 102 * 4)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        })
        .collect();
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, 102, 102);
    encoder.set_color(png::ColorType::Rgba);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&pixels).unwrap();
    writer.finish().unwrap();
    out
}

criterion_group!(benches, baking);
criterion_main!(benches);
