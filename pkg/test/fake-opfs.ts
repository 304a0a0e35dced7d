/** The origin private file system, as far as it is used: files are in memory, and what is written takes their place when it is closed. */

/** A folder. */
export class FakeFolder {
  readonly kind = 'directory';
  readonly children = new Map<string, FakeFolder | FakeFile>();

  constructor(
    readonly disk: FakeDisk,
    readonly name = '',
  ) {}

  async getDirectoryHandle(name: string, options: { create?: boolean } = {}): Promise<FakeFolder> {
    return this.#child(name, options, () => new FakeFolder(this.disk, name)) as FakeFolder;
  }

  async getFileHandle(name: string, options: { create?: boolean } = {}): Promise<FakeFile> {
    return this.#child(name, options, () => new FakeFile(this.disk, name)) as FakeFile;
  }

  async removeEntry(name: string): Promise<void> {
    this.disk.step(`remove ${name}`);
    if (!this.children.delete(name)) throw new DOMException('not found', 'NotFoundError');
  }

  async *entries(): AsyncGenerator<[string, FakeFolder | FakeFile]> {
    yield* [...this.children];
  }

  /** The paths of all files in it. */
  paths(prefix = ''): string[] {
    const nested = [...this.children].flatMap(([name, child]) => (child instanceof FakeFile ? [prefix + name] : child.paths(`${prefix}${name}/`)));
    return nested.sort();
  }

  #child(name: string, { create = false }: { create?: boolean }, make: () => FakeFolder | FakeFile): FakeFolder | FakeFile {
    if (/[/\\.]/u.test(name.replace(/\.(version|arrow|json|jpg)$/u, ''))) throw new TypeError(`${name} is no name of a file`);
    const found = this.children.get(name);
    if (found !== undefined) return found;
    if (!create) throw new DOMException('not found', 'NotFoundError');
    const child = make();
    this.children.set(name, child);
    return child;
  }
}

/** A file. */
export class FakeFile {
  readonly kind = 'file';
  bytes = new Uint8Array();

  constructor(
    readonly disk: FakeDisk,
    readonly name: string,
  ) {}

  async getFile(): Promise<Blob> {
    this.disk.reads += 1;
    return new Blob([this.bytes]);
  }

  async createWritable(): Promise<{ write(bytes: Uint8Array): Promise<void>; close(): Promise<void>; abort(): Promise<void> }> {
    const parts: Uint8Array[] = [];
    return {
      write: async (bytes) => void parts.push(bytes),
      close: async () => {
        const bytes = Buffer.concat(parts);
        this.disk.step(`write ${this.name}`);
        this.bytes = new Uint8Array(bytes);
      },
      abort: async () => undefined,
    };
  }
}

/** A disk that can be full, or stop in the middle. */
export class FakeDisk {
  readonly root = new FakeFolder(this);
  /** What was done, in order. */
  readonly steps: string[] = [];
  reads = 0;
  /** Throws what stops a step. */
  onStep: (step: string) => void = () => undefined;

  /** Before a file is put in its place, or goes. */
  step(step: string): void {
    this.onStep(step);
    this.steps.push(step);
  }

  /** The global objects of a browser with this disk. */
  storage(estimate = { usage: 900_000_000, quota: 1_000_000_000 }): object {
    return { getDirectory: async () => this.root, estimate: async () => estimate, persisted: async () => false, persist: async () => true };
  }
}
