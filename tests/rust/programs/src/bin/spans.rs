// SPDX-License-Identifier: GPL-2.0-or-later
//! spans SCENARIO [--fixed] [--layer=count|fmt] [--requests=N]: the service of service.rs with a usual subscriber.

use programs::args::{usage, Args};
use programs::service::{run, CountSpans};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

fn main() {
    let args = Args::read();
    match args.get("layer", String::from("count")).as_str() {
        "count" => tracing_subscriber::registry().with(CountSpans).init(),
        "fmt" => {
            let fmt = tracing_subscriber::fmt::layer().with_writer(std::io::sink);
            tracing_subscriber::registry().with(CountSpans).with(fmt).init();
        }
        other => usage(&format!("--layer={other}: count or fmt")),
    }
    run(&args.scenario, args.get("requests", 3000), args.fixed);
}
