//! Static data laid out by WIT types: JSON in, bytes as the canonical ABI wants them out. What is not given is zero,
//! empty, none or the first case. `{"$raw": [pointer, length]}` stands for a string or list that lies.

use serde_json::Value;
use wit_parser::{Resolve, SizeAlign, Type, TypeDefKind};

/// Where the data begins in the guest's memory.
pub const BASE: u32 = 1024;

pub struct Image<'a> {
    resolve: &'a Resolve,
    sizes: SizeAlign,
    bytes: Vec<u8>,
}

impl<'a> Image<'a> {
    pub fn new(resolve: &'a Resolve) -> Self {
        let mut sizes = SizeAlign::default();
        sizes.fill(resolve);
        Self { resolve, sizes, bytes: Vec::new() }
    }

    /// Lays an answer out and gives its address.
    pub fn answer(&mut self, ty: &Type, value: &Value) -> u32 {
        let at = self.room(self.size(ty), self.sizes.align(ty).align_wasm32());
        self.put(at, ty, value);
        BASE + u32::try_from(at).unwrap()
    }

    pub fn finish(self) -> Vec<u8> {
        self.bytes
    }

    fn size(&self, ty: &Type) -> usize {
        self.sizes.size(ty).size_wasm32()
    }

    fn room(&mut self, size: usize, align: usize) -> usize {
        let at = self.bytes.len().next_multiple_of(align.max(1));
        self.bytes.resize(at + size, 0);
        at
    }

    fn number(&mut self, at: usize, size: usize, value: u64) {
        self.bytes[at..at + size].copy_from_slice(&value.to_le_bytes()[..size]);
    }

    fn pair(&mut self, at: usize, pointer: u64, length: u64) {
        self.number(at, 4, pointer);
        self.number(at + 4, 4, length);
    }

    fn put(&mut self, at: usize, ty: &Type, value: &Value) {
        if let Some(raw) = value.get("$raw") {
            return self.pair(at, raw[0].as_u64().unwrap(), raw[1].as_u64().unwrap());
        }
        match ty {
            Type::Bool => self.number(at, 1, u64::from(value.as_bool().unwrap_or(false))),
            Type::U8 | Type::U16 | Type::U32 | Type::U64 | Type::S32 => {
                self.number(at, self.size(ty), value.as_u64().unwrap_or(0));
            }
            Type::String => {
                let text = value.as_str().unwrap_or("").as_bytes().to_vec();
                let to = self.room(text.len(), 1);
                self.bytes[to..to + text.len()].copy_from_slice(&text);
                self.pair(at, u64::from(BASE) + to as u64, text.len() as u64);
            }
            Type::Id(id) => self.put_defined(at, &self.resolve.types[*id].kind.clone(), value),
            other => panic!("no guest needs {other:?}"),
        }
    }

    fn put_defined(&mut self, at: usize, kind: &TypeDefKind, value: &Value) {
        match kind {
            TypeDefKind::Type(ty) => self.put(at, ty, value),
            TypeDefKind::Record(record) => {
                let known: Vec<&str> = record.fields.iter().map(|f| f.name.as_str()).collect();
                for key in value.as_object().into_iter().flat_map(|o| o.keys()) {
                    assert!(known.contains(&key.as_str()), "{key} is none of {known:?}");
                }
                let offsets = self.sizes.field_offsets(record.fields.iter().map(|f| &f.ty));
                let offsets: Vec<usize> = offsets.into_iter().map(|(o, _)| o.size_wasm32()).collect();
                for (field, offset) in record.fields.iter().zip(offsets) {
                    self.put(at + offset, &field.ty, &value[&field.name]);
                }
            }
            TypeDefKind::List(ty) => {
                let items = value.as_array().cloned().unwrap_or_default();
                let size = self.size(ty);
                let to = self.room(size * items.len(), self.sizes.align(ty).align_wasm32());
                for (i, item) in items.iter().enumerate() {
                    self.put(to + i * size, ty, item);
                }
                self.pair(at, u64::from(BASE) + to as u64, items.len() as u64);
            }
            TypeDefKind::Enum(cases) => {
                let case = match value {
                    Value::Number(raw) => raw.as_u64().unwrap(),
                    Value::String(name) => cases.cases.iter().position(|c| c.name == *name).unwrap() as u64,
                    _ => 0,
                };
                self.number(at, 1, case);
            }
            TypeDefKind::Option(ty) => self.put_case(at, &[None, Some(*ty)], usize::from(!value.is_null()), value),
            TypeDefKind::Result(result) => {
                let case = usize::from(value.get("err").is_some());
                let payload = value.get("ok").or(value.get("err")).unwrap_or(&Value::Null).clone();
                self.put_case(at, &[result.ok, result.err], case, &payload);
            }
            TypeDefKind::Variant(variant) => {
                let (name, payload) = value.as_object().and_then(|o| o.iter().next()).expect("a case");
                let case = variant.cases.iter().position(|c| c.name == *name).unwrap();
                let types: Vec<Option<Type>> = variant.cases.iter().map(|c| c.ty).collect();
                self.put_case(at, &types, case, payload);
            }
            other => panic!("no guest needs {other:?}"),
        }
    }

    fn put_case(&mut self, at: usize, cases: &[Option<Type>], case: usize, payload: &Value) {
        self.number(at, 1, case as u64);
        let offset = self.sizes.payload_offset(wit_parser::Int::U8, cases.iter().map(Option::as_ref)).size_wasm32();
        if let Some(ty) = &cases[case] {
            self.put(at + offset, ty, payload);
        }
    }
}
