/** Pictures of libraries as files, to be looked at by the engine. */

/** The bytes of a picture. `data:` addresses, which own libraries have, are not for `connect-src`, so they are not fetched. */
export async function fetchPicture(address: string): Promise<Blob> {
  const [, base64] = /^data:image\/jpeg;base64,(.*)$/s.exec(address) ?? [];
  if (base64 !== undefined) return new Blob([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], { type: 'image/jpeg' });
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${response.status}`);
  return response.blob();
}
