/**
 * Loads a part of the page that is in a file of its own.
 * @param does what it does, in a sentence.
 */
export function loadPart<Part>(does: string, load: () => Promise<Part>): Promise<Part> {
  return load().catch(() => {
    // The browser's own words name an address that nobody knows.
    throw new Error(
      `Cannot load the part of Tunelens that ${does}. If Tunelens was updated, close the dashboard and open it again.`,
    );
  });
}
