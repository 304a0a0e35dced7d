//! A stand-in for the network: `fetch` answers what a test says for addresses below `https://test.invalid/`, and the rest goes its usual way.

use js_sys::{Array, Function, Object, Reflect, Uint8Array, global};
use wasm_bindgen::{JsCast, JsValue};

/// Where the stand-in's files are.
pub const ORIGIN: &str = "https://test.invalid/";

const SCRIPT: &str = r"
(() => {
  const real = globalThis.fetch;
  const host = { files: new Map(), calls: [], offline: false, ended: 0 };
  const later = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
  host.serve = (url, bytes) => host.files.set(url, { bytes: bytes.slice() });
  host.slowly = (url, bytes, stalls) => host.files.set(url, { kind: stalls ? 'stall' : 'drip', bytes: bytes.slice() });
  // Eight pieces, 80 ms apart; or half of them, and then nothing more.
  const pieces = ({ bytes, kind }) => new ReadableStream({
    async start(controller) {
      const size = Math.ceil(bytes.length / 8);
      const end = kind === 'stall' ? 4 * size : bytes.length;
      for (let at = 0; at < end; at += size) {
        await later(80);
        controller.enqueue(bytes.slice(at, at + size));
      }
      if (kind === 'drip') controller.close();
    },
  });
  host.atOnce = 0;
  host.mostAtOnce = 0;
  const count = (more) => {
    host.atOnce += more;
    host.mostAtOnce = Math.max(host.mostAtOnce, host.atOnce);
  };
  // Promises that are made with an executor while this runs, and not settled by its end.
  host.countPromises = () => {
    const Original = globalThis.Promise;
    let pending = 0;
    globalThis.Promise = class extends Original {
      static get [Symbol.species]() { return Original; }
      constructor(executor) {
        let open = true;
        const settled = (settle) => (value) => {
          if (open) pending -= 1;
          open = false;
          settle(value);
        };
        pending += 1;
        super((resolve, reject) => executor(settled(resolve), settled(reject)));
      }
    };
    return () => {
      globalThis.Promise = Original;
      return pending;
    };
  };
  host.answer = (url, kind) => host.files.set(url, { kind });
  globalThis.fetch = async (url, init) => {
    if (!url.startsWith('https://test.invalid/')) return real(url, init);
    host.calls.push(init.cache === undefined || init.cache === 'default' ? url : `${url} ${init.cache}`);
    count(1);
    await later(5);
    count(-1);
    const file = host.files.get(url);
    if (host.offline || (file && file.kind === 'blocked')) throw new TypeError('Failed to fetch');
    if (file === undefined) return new Response('not here', { status: 404 });
    if (file.kind === 'hang') {
      return new Promise((_, reject) => init.signal.addEventListener('abort', () => {
        host.ended += 1;
        reject(new DOMException('The operation was aborted.', 'AbortError'));
      }));
    }
    if (file.kind === 'drip' || file.kind === 'stall') return new Response(pieces(file));
    if (file.kind !== undefined) return new Response('an error page', { status: Number(file.kind) });
    return new Response(file.bytes);
  };
  globalThis.testHost = host;
})()
";

/// The stand-in, empty at the start of each test.
pub struct Host(JsValue);

impl Host {
    /// Puts the stand-in in the place of `fetch`, at the first call, and empties it.
    pub fn fresh() -> Self {
        let name = JsValue::from_str("testHost");
        if Reflect::get(&global(), &name).unwrap().is_undefined() {
            js_sys::eval(SCRIPT).unwrap();
        }
        let host = Self(Reflect::get(&global(), &name).unwrap());
        host.set("files", &js_sys::Map::new());
        host.set("calls", &Array::new());
        host.set("ended", &0.into());
        host.set("mostAtOnce", &0.into());
        host.set_offline(false);
        host
    }

    /// From now on, the path answers these bytes.
    pub fn serve(&self, path: &str, bytes: &[u8]) {
        self.call("serve", path, &Uint8Array::from(bytes));
    }

    /// From now on, the path answers a status such as `503`, or is `blocked`, or `hang`s.
    pub fn answer(&self, path: &str, kind: &str) {
        self.call("answer", path, &kind.into());
    }

    /// From now on, the path answers these bytes in pieces that come 80 ms apart; with `stalls`, only the first half of them.
    pub fn serve_slowly(&self, path: &str, bytes: &[u8], stalls: bool) {
        let method: Function = self.get("slowly").unchecked_into();
        method.call3(&self.0, &format!("{ORIGIN}{path}").into(), &Uint8Array::from(bytes), &stalls.into()).unwrap();
    }

    /// How many requests waited for their answer at the same time, at most.
    pub fn most_at_once(&self) -> Option<u64> {
        json(&self.get("mostAtOnce")).as_u64()
    }

    /// Begins to count promises; the function that is answered ends it, and answers how many are not settled.
    pub fn count_promises(&self) -> impl FnOnce() -> Option<f64> {
        let method: Function = self.get("countPromises").unchecked_into();
        let end: Function = method.call0(&self.0).unwrap().unchecked_into();
        move || end.call0(&JsValue::UNDEFINED).unwrap().as_f64()
    }

    /// Whether the network is down.
    pub fn set_offline(&self, offline: bool) {
        self.set("offline", &offline.into());
    }

    /// What was asked for since the last call of this: paths, each followed by the cache mode where it was not the default.
    pub fn take_calls(&self) -> Vec<String> {
        let calls: Array = self.get("calls").unchecked_into();
        self.set("calls", &Array::new());
        let texts = calls.iter().filter_map(|call| call.as_string());
        texts.map(|call| call.trim_start_matches(ORIGIN).to_owned()).collect()
    }

    /// How many requests that hung were ended by the client.
    pub fn ended(&self) -> Option<u64> {
        json(&self.get("ended")).as_u64()
    }

    fn get(&self, name: &str) -> JsValue {
        Reflect::get(&self.0, &name.into()).unwrap()
    }

    fn set(&self, name: &str, value: &JsValue) {
        Reflect::set(&self.0, &name.into(), value).unwrap();
    }

    fn call(&self, method: &str, path: &str, argument: &JsValue) {
        let method: Function = self.get(method).unchecked_into();
        method.call2(&self.0, &format!("{ORIGIN}{path}").into(), argument).unwrap();
    }
}

/// A new function from its body, called with one argument.
pub fn function(body: &str) -> Function {
    Function::new_with_args("argument", body)
}

/// An object from JSON.
pub fn object(json: &serde_json::Value) -> Object {
    js_sys::JSON::parse(&json.to_string()).unwrap().unchecked_into()
}

/// JSON from a JavaScript value.
pub fn json(value: &JsValue) -> serde_json::Value {
    let text = String::from(js_sys::JSON::stringify(value).unwrap());
    serde_json::from_str(&text).unwrap()
}
