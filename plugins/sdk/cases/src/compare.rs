//! How an expectation is compared with what came.
//!
//! An object expects its own keys and no others; `null` expects absence or null. A list expects the same length and
//! order, unless it begins with `"..."`: then it expects that each of its other items is somewhere. A text that begins
//! with `~` expects to be contained.

use serde_json::Value;

/// Every place where `actual` is not what is expected; empty when all is well.
#[must_use]
pub fn differences(expected: &Value, actual: &Value) -> Vec<String> {
    let mut found = vec![];
    compare("", expected, actual, &mut found);
    found
}

fn compare(at: &str, expected: &Value, actual: &Value, found: &mut Vec<String>) {
    match (expected, actual) {
        (Value::Object(want), Value::Object(have)) => {
            for (key, value) in want {
                compare(&format!("{at}.{key}"), value, have.get(key).unwrap_or(&Value::Null), found);
            }
        }
        (Value::Array(want), Value::Array(have)) => match want.split_first() {
            Some((first, rest)) if first == "..." => {
                for item in rest {
                    if !have.iter().any(|h| differences(item, h).is_empty()) {
                        found.push(format!("{at}: nothing like {item} in {}", Value::Array(have.clone())));
                    }
                }
            }
            _ => {
                if want.len() != have.len() {
                    found.push(format!("{at}: {} expected, {} came: {actual}", want.len(), have.len()));
                }
                for (i, (w, h)) in want.iter().zip(have).enumerate() {
                    compare(&format!("{at}[{i}]"), w, h, found);
                }
            }
        },
        (Value::String(want), Value::String(have)) if want.starts_with('~') => {
            if !have.contains(&want[1..]) {
                found.push(format!("{at}: {have:?} does not contain {:?}", &want[1..]));
            }
        }
        _ if expected == actual => {}
        _ => found.push(format!("{at}: {expected} expected, {actual} came")),
    }
}

#[cfg(test)]
mod tests {
    use super::differences;
    use serde_json::json;

    #[test]
    fn an_object_expects_only_what_it_names() {
        assert!(differences(&json!({"a": 1, "b": null}), &json!({"a": 1, "c": 2})).is_empty());
        assert_eq!(differences(&json!({"a": 1}), &json!({"a": 2})).len(), 1);
        assert_eq!(differences(&json!({"b": null}), &json!({"b": 0})).len(), 1);
    }
    #[test]
    fn a_list_is_exact_unless_it_is_open() {
        assert_eq!(differences(&json!([1]), &json!([1, 2])).len(), 1);
        assert_eq!(differences(&json!([2, 1]), &json!([1, 2])).len(), 2);
        assert!(differences(&json!(["...", 2]), &json!([1, 2])).is_empty());
        assert_eq!(differences(&json!(["...", 3]), &json!([1, 2])).len(), 1);
    }
    #[test]
    fn a_text_with_a_tilde_expects_a_part() {
        assert!(differences(&json!("~pm c"), &json!("npm ci")).is_empty());
        assert_eq!(differences(&json!("~x"), &json!("npm ci")).len(), 1);
    }
}
