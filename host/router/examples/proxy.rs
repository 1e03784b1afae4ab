//! A router in front of one server, to be measured and tried: `proxy LISTEN UPSTREAM`. Every host name that a load
//! generator uses by itself (the address, `localhost`) leads to the upstream. Runs until it is killed.

use router::{Route, Router, RouterOptions, Table, Upstream};
use std::{error::Error, net::SocketAddr};

fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(listen), Some(upstream)) = (args.next(), args.next()) else {
        return Err("usage: proxy LISTEN UPSTREAM (addresses with ports)".into());
    };
    let (listen, upstream): (SocketAddr, SocketAddr) = (listen.parse()?, upstream.parse()?);
    let router = Router::start(RouterOptions::new(listen, "only-for-measuring"))?;
    router.publish(Table {
        routes: vec![Route {
            resource: "web".parse()?,
            hosts: vec![listen.ip().to_string(), "localhost".to_owned()],
            prefix: "/".to_owned(),
            active: Some(Upstream { deployment: "dep_00000000000000000000000000".parse()?, addr: upstream }),
            candidate: None,
            stopped: false,
        }],
    });
    println!("{} -> {upstream}", router.local_addr());
    loop {
        std::thread::park();
    }
}
