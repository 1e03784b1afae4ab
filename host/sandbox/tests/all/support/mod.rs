//! Real guests without a guest toolchain: a core module in WAT whose answers are static data, laid out by the WIT types
//! themselves and encoded as a component of the real worlds. What a test needs to be hostile about, it says in WAT.

mod image;
mod views;

pub use views::{Files, Nothing};

use image::Image;
use sandbox::{Catalogue, Limits, LoadError, Plugin, Sandbox};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::abi::{AbiVariant, WasmType};
use wit_parser::{Resolve, WorldItem};

/// A component in the making.
pub struct Guest {
    world: String,
    wit: Vec<(String, String)>,
    dependencies: Vec<(String, String)>,
    /// By `interface#function`: WAT that runs first, and the answer.
    functions: BTreeMap<String, (String, Value)>,
    items: String,
    memory: u32,
    realloc: Option<String>,
}

impl Guest {
    /// A guest of a world of the contract, with a description that is valid for it.
    pub fn of(world: &str) -> Self {
        let roles: &[&str] = match world {
            "planner-plugin" => &["planner"],
            "app-plugin" => &["detector", "planner"],
            "verifier-plugin" => &["verifier"],
            _ => &["detector"],
        };
        let guest = Self {
            world: world.into(),
            wit: Vec::new(),
            dependencies: Vec::new(),
            functions: BTreeMap::new(),
            items: String::new(),
            memory: 2,
            realloc: None,
        };
        guest.answers(
            "about#describe",
            json!({
                "name": "test/guest", "version": "1.2.3", "summary": "a guest", "roles": roles,
                "app-types": ["node"], "triggers": ["package.json"], "always": false,
            }),
        )
    }

    /// A function that only answers.
    pub fn answers(self, function: &str, answer: Value) -> Self {
        self.does(function, "", answer)
    }

    /// A function that runs some WAT (parameters are `$0`, `$1`, …) and then answers.
    pub fn does(mut self, function: &str, wat: &str, answer: Value) -> Self {
        self.functions.insert(function.into(), (wat.into(), answer));
        self
    }

    /// Changes one field of the description.
    pub fn described(mut self, field: &str, value: Value) -> Self {
        let description = &mut self.functions.get_mut("about#describe").unwrap().1;
        description[field] = value;
        self
    }

    /// Further items of the core module: functions, globals, data, a start function.
    pub fn item(mut self, wat: &str) -> Self {
        self.items.push_str(wat);
        self.items.push('\n');
        self
    }

    /// Pages of memory at the start.
    pub fn pages(mut self, pages: u32) -> Self {
        self.memory = pages;
        self
    }

    /// The body of `cabi_realloc` (old, old size, align, new size) in place of a bump allocator.
    pub fn realloc(mut self, wat: &str) -> Self {
        self.realloc = Some(wat.into());
        self
    }

    /// Replaces text in every WIT file, for contracts that never were.
    pub fn wit(mut self, from: &str, to: &str) -> Self {
        self.wit.push((from.into(), to.into()));
        self
    }

    /// Another WIT package that the world may name.
    pub fn dependency(mut self, name: &str, wit: &str) -> Self {
        self.dependencies.push((name.into(), wit.into()));
        self
    }

    /// The component.
    pub fn build(&self) -> Vec<u8> {
        let (resolve, world) = self.resolve();
        let wat = self.module(&resolve, world);
        let mut module = wat::parse_str(&wat).unwrap_or_else(|e| panic!("{e}\n{wat}"));
        embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8).unwrap();
        ComponentEncoder::default().module(&module).unwrap().validate(true).encode().unwrap_or_else(|e| panic!("{e:#}"))
    }

    fn resolve(&self) -> (Resolve, wit_parser::WorldId) {
        let dir = tempfile::tempdir().unwrap();
        let contract = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../wit/0.1.0");
        for file in std::fs::read_dir(contract).unwrap() {
            let file = file.unwrap();
            let mut text = std::fs::read_to_string(file.path()).unwrap();
            for (from, to) in &self.wit {
                text = text.replace(from, to);
            }
            std::fs::write(dir.path().join(file.file_name()), text).unwrap();
        }
        for (name, text) in &self.dependencies {
            let dir = dir.path().join("deps").join(name);
            std::fs::create_dir_all(&dir).unwrap();
            std::fs::write(dir.join("all.wit"), text).unwrap();
        }
        let mut resolve = Resolve::default();
        let (package, _) = resolve.push_dir(dir.path()).unwrap();
        let world = resolve.select_world(&[package], Some(&self.world)).unwrap();
        (resolve, world)
    }

    fn module(&self, resolve: &Resolve, world: wit_parser::WorldId) -> String {
        let mut image = Image::new(resolve);
        let mut wat = String::from("(module\n");
        let types = |list: &[WasmType]| {
            list.iter()
                .map(|t| if matches!(t, WasmType::I64 | WasmType::PointerOrI64) { "i64 " } else { "i32 " })
                .collect::<String>()
        };
        for (key, item) in &resolve.worlds[world].imports {
            let WorldItem::Interface { id, .. } = item else { continue };
            for (name, function) in &resolve.interfaces[*id].functions {
                let signature = resolve.wasm_signature(AbiVariant::GuestImport, function);
                let results = if signature.results.is_empty() {
                    String::new()
                } else {
                    format!("(result {})", types(&signature.results))
                };
                writeln!(
                    wat,
                    "(import \"{}\" \"{name}\" (func ${name} (param {}) {results}))",
                    resolve.name_world_key(key),
                    types(&signature.params)
                )
                .unwrap();
            }
        }
        let mut bodies = String::new();
        for (key, item) in &resolve.worlds[world].exports {
            let WorldItem::Interface { id, .. } = item else { continue };
            let interface = &resolve.interfaces[*id];
            for (name, function) in &interface.functions {
                let signature = resolve.wasm_signature(AbiVariant::GuestExport, function);
                let short = format!("{}#{name}", interface.name.as_deref().unwrap());
                let (body, answer) =
                    self.functions.get(&short).cloned().unwrap_or((" unreachable ".into(), Value::Null));
                let address = image.answer(&function.result.unwrap(), &answer);
                let params: String =
                    (0..).zip(&signature.params).map(|(i, t)| format!("(param ${i} {})", types(&[*t]))).collect();
                writeln!(
                    bodies,
                    "(func (export \"{}#{name}\") {params} (result i32) (local $i i32) (local $j i32)\n{body}\n(i32.const {address}))",
                    resolve.name_world_key(key)
                )
                .unwrap();
            }
        }
        let data = image.finish();
        let pages = self.memory.max(u32::try_from(data.len() / 65536 + 2).unwrap());
        let bump = "(local.set 3 (i32.and (i32.add (local.get 3) (i32.const 7)) (i32.const -8)))
            (block $fits
              (br_if $fits (i32.le_u (i32.add (global.get $heap) (local.get 3)) (i32.mul (memory.size) (i32.const 65536))))
              (br_if $fits (i32.ne (i32.const -1) (memory.grow (i32.add (i32.const 1) (i32.shr_u (local.get 3) (i32.const 16))))))
              unreachable)
            (global.get $heap)
            (global.set $heap (i32.add (global.get $heap) (local.get 3)))";
        writeln!(wat, "(memory (export \"memory\") {pages})").unwrap();
        writeln!(wat, "(global $heap (mut i32) (i32.const {}))", (image::BASE as usize + data.len() + 15) & !15)
            .unwrap();
        writeln!(
            wat,
            "(func $realloc (export \"cabi_realloc\") (param i32 i32 i32 i32) (result i32)\n{})",
            self.realloc.as_deref().unwrap_or(bump)
        )
        .unwrap();
        wat.push_str(&bodies);
        wat.push_str(&self.items);
        let escaped: String = data.iter().map(|b| format!("\\{b:02x}")).collect();
        writeln!(wat, "(data (i32.const {}) \"{escaped}\")\n)", image::BASE).unwrap();
        wat
    }

    /// The plugin in a catalogue of its own.
    pub fn load(&self) -> Plugin {
        self.load_with(Limits::default()).unwrap()
    }

    /// The same under other limits, or why not.
    pub fn load_with(&self, limits: Limits) -> Result<Plugin, LoadError> {
        load(&self.build(), limits)
    }
}

/// Loads a component as a plugin that was added by path.
pub fn load(component: &[u8], limits: Limits) -> Result<Plugin, LoadError> {
    let file = tempfile::Builder::new().suffix(".wasm").tempfile().unwrap();
    std::fs::write(file.path(), component).unwrap();
    let catalogue = Catalogue::new(&Sandbox::new(limits)?, &[], vec![file.path().to_owned()]);
    let catalogue = catalogue.map_err(|e| match e {
        LoadError::File { error, .. } => *error,
        other => other,
    })?;
    let name = catalogue.infos()[0].name.clone();
    Ok(catalogue.get(&name).unwrap())
}

/// A claim that is valid when `package.json` was seen.
pub fn claim() -> Value {
    json!({ "app-type": "node", "confidence": "likely", "evidence": [{ "path": "package.json", "note": "is there" }] })
}

/// A plan that is valid for `node`.
pub fn plan() -> Value {
    json!({
        "app-type": "node", "builder": "commands", "app-root": ".",
        "processes": [{ "name": "web", "run": { "argv": ["node", "server.js"] }, "cwd": "." }],
        "decisions": [{ "field": "start", "value": "node server.js", "origin": { "default": "nothing else is there" } }],
    })
}
