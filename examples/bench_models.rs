//! One model natively on this thread, driven by `benches/native/compare.py` so that it and onnxruntime take turns: `bench_models MODEL SIDE INPUT`.
//! INPUT is a file of float32. For each line `run` it runs once and prints the milliseconds; for `write PATH` it writes its outputs there, one after the
//! other.

use std::fs;
use std::io::{BufRead as _, Write as _};
use std::time::Instant;

use visavis::vision::ModelRunner;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [model, side, input] = arguments.as_slice() else { return Err("usage: bench_models MODEL SIDE INPUT".into()) };
    let side: usize = side.parse()?;
    let begin = Instant::now();
    let runner = ModelRunner::new(&fs::read(model)?, side, side)?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", begin.elapsed().as_secs_f64() * 1000.0)?;
    out.flush()?;
    let bytes = fs::read(input)?;
    let numbers: Vec<f32> = bytes.as_chunks::<4>().0.iter().map(|four| f32::from_le_bytes(*four)).collect();
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let begin = Instant::now();
        let outputs = runner.run(|input| {
            let is_whole = input.len() == numbers.len();
            if is_whole {
                input.copy_from_slice(&numbers);
            }
            is_whole
        })?;
        let elapsed = begin.elapsed();
        if let Some(path) = line.strip_prefix("write ") {
            let bytes: Vec<u8> =
                outputs.iter().flat_map(|(_, values)| values).flat_map(|value| value.to_le_bytes()).collect();
            fs::write(path, bytes)?;
        }
        writeln!(out, "{}", elapsed.as_secs_f64() * 1000.0)?;
        out.flush()?;
    }
    Ok(())
}
