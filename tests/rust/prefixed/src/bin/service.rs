// SPDX-License-Identifier: GPL-2.0-or-later
//! A service on jemalloc: workers that serve requests out of a bounded cache, with many short-lived strings, and a log of
//! requests that is kept for ever. `service REQUESTS [fixed]`; with `fixed` the log is a ring.

use std::collections::{HashMap, VecDeque};
use std::sync::{mpsc, Arc, Mutex};
use std::thread;

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

const WORKERS: usize = 3;
const CACHE: usize = 300;
const RING: usize = 200;

#[derive(Default)]
struct Service {
    pages: HashMap<usize, String>,
    order: VecDeque<usize>,
    log: VecDeque<Box<[u8; 80]>>,
    served: usize,
}

#[inline(never)]
fn render(item: usize) -> String {
    let rows: Vec<String> = (0..12).map(|k| format!("<li>item {item}, row {k}</li>")).collect();
    rows.join("\n")
}

#[inline(never)]
fn remember_request(service: &mut Service, item: usize, fixed: bool) {
    service.log.push_back(Box::new([item as u8; 80]));
    if fixed && service.log.len() > RING {
        service.log.pop_front();
    }
}

fn serve(service: &Mutex<Service>, item: usize, fixed: bool) -> usize {
    let page = render(item);
    let mut s = service.lock().unwrap();
    if s.pages.insert(item, page.clone()).is_none() {
        s.order.push_back(item);
        if s.order.len() > CACHE {
            let oldest = s.order.pop_front().unwrap();
            s.pages.remove(&oldest);
        }
    }
    remember_request(&mut s, item, fixed);
    s.served += 1;
    page.len()
}

fn main() {
    let mut args = std::env::args().skip(1);
    let requests: usize = args.next().and_then(|n| n.parse().ok()).expect("usage: service REQUESTS [fixed]");
    let fixed = args.next().is_some();
    let service = Arc::new(Mutex::new(Service::default()));
    let (workers, senders): (Vec<_>, Vec<_>) = (0..WORKERS)
        .map(|_| {
            let (send, receive) = mpsc::sync_channel::<usize>(16);
            let service = service.clone();
            let worker = thread::spawn(move || receive.iter().map(|item| serve(&service, item, fixed)).sum::<usize>());
            (worker, send)
        })
        .unzip();
    for i in 0..requests {
        senders[i % WORKERS].send(i * 7919 % 2003).unwrap();
    }
    drop(senders);
    let bytes: usize = workers.into_iter().map(|w| w.join().unwrap()).sum();
    let s = service.lock().unwrap();
    println!("{} requests, {} bytes, {} in the log", s.served, bytes, s.log.len());
}
