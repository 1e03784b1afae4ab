//! What a cold plugin call costs, step by step, for a component file: `cargo run --example cost -- PLUGIN.wasm [FOLDER]`.
#![allow(missing_docs)]

use sandbox::{BuiltIn, Catalogue, Entry, Kind, Limits, Read, ReadFault, Sandbox, SourceView, inspect, precompile};
use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

/// A folder, read as it is. For measuring only: it follows links.
struct Folder(PathBuf);

impl SourceView for Folder {
    fn entries(&self, dir: &str) -> Result<Vec<Entry>, ReadFault> {
        let mut names: Vec<String> = std::fs::read_dir(self.0.join(dir))
            .map_err(|_| ReadFault::NotADirectory)?
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .collect();
        names.sort();
        let path = |name: &String| if dir.is_empty() { name.clone() } else { format!("{dir}/{name}") };
        Ok(names.iter().filter_map(|name| self.stat(&path(name)).ok().flatten()).collect())
    }
    fn stat(&self, path: &str) -> Result<Option<Entry>, ReadFault> {
        let name = path.rsplit('/').next().unwrap_or(path).to_owned();
        Ok(std::fs::metadata(self.0.join(path)).ok().map(|found| Entry {
            name,
            kind: if found.is_dir() { Kind::Directory } else { Kind::File },
            size: found.len(),
        }))
    }
    fn read(&self, path: &str, max: u64) -> Result<Read, ReadFault> {
        let mut bytes = std::fs::read(self.0.join(path)).map_err(|_| ReadFault::NotFound)?;
        let whole = bytes.len() as u64 <= max;
        bytes.truncate(usize::try_from(max).unwrap_or(usize::MAX));
        Ok(Read { bytes, whole })
    }
    fn find(&self, _: &str, _: usize) -> Result<Vec<String>, ReadFault> {
        Ok(Vec::new())
    }
}

fn timed<T>(what: &str, step: impl FnOnce() -> T) -> T {
    let began = Instant::now();
    let result = step();
    println!("{what:<44} {:>9.3} ms", began.elapsed().as_secs_f64() * 1000.0);
    result
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let component = std::fs::read(arguments.next().ok_or("which component?")?)?;
    let folder = PathBuf::from(arguments.next().unwrap_or_else(|| ".".to_owned()));
    let info = timed("inspect (compile, link, describe)", || inspect(&component))?;
    let compiled = timed("precompile", || precompile(&component))?;
    println!("{}: {} bytes, artifact {} bytes", info.id(), component.len(), compiled.len());
    let built_in: &'static [BuiltIn] = Vec::leak(vec![BuiltIn {
        info: String::leak(serde_json::to_string(&info)?),
        wasm: Vec::leak(component),
        compiled: Vec::leak(compiled),
    }]);
    let view: Arc<dyn SourceView> = Arc::new(Folder(folder));
    let sandbox = timed("sandbox", || Sandbox::new(Limits::default()))?;
    let catalogue = timed("catalogue of one", || Catalogue::new(&sandbox, built_in, Vec::new()))?;
    let paths: Vec<String> = (0..100_000).map(|i| format!("src/part{}/file{i}.ts", i % 100)).collect();
    let hits = timed("triggers over 100,000 paths, none hit", || catalogue.detectors_for(&paths).len());
    println!("{hits} detectors");
    let plugin = catalogue.get(&info.name).ok_or("no plugin")?;
    let first = timed("first detect (engine, load, link, call)", || plugin.detect(Arc::clone(&view)));
    timed("second detect", || plugin.detect(Arc::clone(&view)));
    timed("1,000 more", || (0..1000).for_each(|_| drop(plugin.detect(Arc::clone(&view)))));
    println!("{:#?}\n{:#?}", first.result, first.receipt);
    Ok(())
}
