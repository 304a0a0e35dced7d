/** Stands for dist/wasm/visavis_relaxed.js, which wasm-bindgen writes. */
import type { Glue } from './glue.js';

declare const initialise: Glue['default'];
export default initialise;
export declare const WebClient: Glue['WebClient'];
export declare const setPanicHandler: Glue['setPanicHandler'];
export declare const FileHash: Glue['FileHash'];
export declare const WebVideo: Glue['WebVideo'];
