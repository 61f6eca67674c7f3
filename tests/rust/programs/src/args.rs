// SPDX-License-Identifier: GPL-2.0-or-later
//! Command lines of the form `PROGRAM SCENARIO [--fixed] [--NAME=VALUE]...`.

use std::str::FromStr;

pub struct Args {
    pub scenario: String,
    pub fixed: bool,
    flags: Vec<String>,
    values: Vec<(String, String)>,
}

impl Args {
    /// Ends the program with status 2 when there is not exactly one scenario.
    pub fn read() -> Args {
        let mut args = Args { scenario: String::new(), fixed: false, flags: Vec::new(), values: Vec::new() };
        for word in std::env::args().skip(1) {
            match word.strip_prefix("--") {
                Some("fixed") => args.fixed = true,
                Some(option) => match option.split_once('=') {
                    Some((name, value)) => args.values.push((name.into(), value.into())),
                    None => args.flags.push(option.into()),
                },
                None if args.scenario.is_empty() => args.scenario = word,
                None => usage(&format!("{word}: one scenario at a time")),
            }
        }
        if args.scenario.is_empty() {
            usage("no scenario");
        }
        args
    }

    /// Whether `--name` is there.
    pub fn has(&self, name: &str) -> bool {
        self.flags.iter().any(|flag| flag == name)
    }

    /// The value of `--name=VALUE`, or the default.
    pub fn get<T: FromStr>(&self, name: &str, default: T) -> T {
        match self.values.iter().rev().find(|(n, _)| n == name) {
            Some((_, value)) => value.parse().unwrap_or_else(|_| usage(&format!("--{name}={value}: not understood"))),
            None => default,
        }
    }
}

pub fn usage(problem: &str) -> ! {
    eprintln!("{problem}\nusage: PROGRAM SCENARIO [--fixed] [--NAME=VALUE]...; the first lines of its source say more");
    std::process::exit(2);
}
