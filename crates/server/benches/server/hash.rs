//! One password hash: the argon2 crate alone, and through the queue and threads of the server.

use std::hint::black_box;

use argon2::{Algorithm, Argon2, Block, Version};
use criterion::Criterion;
use vestibule::directory::{Hasher, HasherSettings};

use crate::site;

const PASSWORD: &[u8] = b"Correct-Horse1";
const SALT: &[u8] = &[7; 16];

pub(crate) fn benches(criterion: &mut Criterion) {
    let runtime = site::runtime();
    let mut group = criterion.benchmark_group("hash");
    group.sample_size(50);
    let hasher = Hasher::start(HasherSettings { threads: 1, ..HasherSettings::default() }).unwrap();
    let params = hasher.params();
    let mut memory = vec![Block::new(); params.block_count()];
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params.clone());
    let mut output = [0; 32];
    group.bench_function("argon2id alone", |bencher| {
        bencher.iter(|| {
            argon2.hash_password_into_with_memory(PASSWORD, SALT, &mut output, &mut memory).unwrap();
            black_box(output)
        });
    });
    group.bench_function("through the hashing thread", |bencher| {
        bencher.iter(|| runtime.block_on(hasher.run(PASSWORD, SALT, params.clone())).unwrap());
    });
    group.finish();
}
