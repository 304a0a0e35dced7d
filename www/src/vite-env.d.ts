/// <reference types="vite/client" />

/** Names of the photos in queries/, filled in by vite.config.js. */
declare const __QUERIES__: string[];
