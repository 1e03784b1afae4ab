//! A web command that names its port outright, and so listens there whatever PORT says.

/// The port that a command insists on; none when it takes `$PORT`, or names none.
pub(crate) fn insisted(command: &str) -> Option<u16> {
    if command.contains("$PORT") || command.contains("${PORT") {
        return None;
    }
    let words: Vec<&str> = command.split_whitespace().collect();
    words.iter().enumerate().find_map(|(i, word)| {
        let next = words.get(i + 1).copied();
        let (flag, value) = match word.split_once('=') {
            Some((flag, value)) => (flag, Some(value)),
            None => (*word, next),
        };
        match flag {
            "--port" | "-p" | "--http-port" | "http.server" | "PORT" => number(value?),
            "--bind" | "-b" | "--listen" | "--addr" | "--address" => number(value?.rsplit_once(':')?.1),
            _ => None,
        }
    })
}

/// Below 1024 a number after `-p` is hardly a port of an app.
fn number(text: &str) -> Option<u16> {
    text.trim_matches(['"', '\'']).parse().ok().filter(|port| *port >= 1024)
}

#[cfg(test)]
mod tests {
    use super::insisted;

    #[test]
    fn a_literal_port_is_found() {
        for command in [
            "gunicorn app:app --bind 0.0.0.0:5000",
            "gunicorn -b :5000 app:app",
            "uvicorn main:app --port=5000",
            "next start -p 5000",
            "python3 -m http.server 5000",
            "PORT=5000 node server.js",
        ] {
            assert_eq!(insisted(command), Some(5000), "{command}");
        }
    }
    #[test]
    fn a_port_that_follows_the_environment_is_not_insisted_on() {
        for command in [
            "gunicorn app:app --bind 0.0.0.0:$PORT",
            "uvicorn main:app --port ${PORT:-8000}",
            "node server.js",
            "bin/rails server -p $PORT -e production",
            "gunicorn --workers 4 -b unix:/tmp/x.sock app:app",
            "prog -p 4",
        ] {
            assert_eq!(insisted(command), None, "{command}");
        }
    }
}
