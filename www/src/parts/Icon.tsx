/** Line icons of 24 x 24, drawn in the colour of the text. */

const PATHS = {
  search: 'M10.5 4a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13Zm5 11.5L20 20',
  people: 'M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7Zm-6 9c0-3.5 2.6-6 6-6s6 2.5 6 6M16 4.6a3.4 3.4 0 0 1 0 6.3M18 14.6c1.8.9 3 2.8 3 5.4',
  library: 'M4 5h16v14H4zM4 15l4.5-4.5 4 4L15 12l5 5M15.5 8.5h.01',
  map: 'M7 9a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM17 12a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM9 19a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM18 19h.01M12 5h.01',
  privacy: 'M12 3l7 3v5c0 4.6-2.9 8.2-7 10-4.1-1.8-7-5.4-7-10V6zM9 12l2.2 2.2L15.5 10',
  camera: 'M4 8h3l1.5-2.5h7L17 8h3v11H4zM12 17a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7Z',
  upload: 'M12 16V5m0 0L7.500 9.500M12 5l4.500 4.500M5 19h14',
  close: 'M6 6l12 12M18 6L6 18',
  sun: 'M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM12 2v2M12 20v2M4.9 4.900l1.400 1.400M17.700 17.700l1.400 1.400M2 12h2M20 12h2M4.900 19.100l1.400-1.400M17.700 6.300l1.400-1.400',
  moon: 'M20 14.500A8 8 0 0 1 9.500 4 8 8 0 1 0 20 14.500Z',
  auto: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18Zm0 0v18',
  left: 'M15 5l-7 7 7 7',
  right: 'M9 5l7 7-7 7',
  film: 'M4 5h16v14H4zM8 5v14M16 5v14M4 9.700h4M4 14.300h4M16 9.700h4M16 14.300h4',
  trash: 'M5 7h14M10 7V4.500h4V7M7 7l1 12.500h8L17 7M10.500 11v5M13.500 11v5',
  pause: 'M9 5v14M15 5v14',
  play: 'M8 5l11 7-11 7z',
  check: 'M5 12.500l4.500 4.500L19 7.500',
  merge: 'M6 4v5a6 6 0 0 0 6 6v5M18 4v5a6 6 0 0 1-6 6',
  split: 'M12 4v5M12 9a6 6 0 0 0-6 6v5M12 9a6 6 0 0 1 6 6v5',
} as const;

export type IconName = keyof typeof PATHS;

/** A picture only: the text stands beside it, or in the label of the button. */
export function Icon({ name, size = 20 }: { name: IconName; size?: number }) {
  return (
    <svg class="icon" viewBox="0 0 24 24" width={size} height={size} aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
