/** What a script told in one line, parted by blanks. */
export const words = (text: string | undefined): string[] =>
  (text ?? '').split(' ').filter((word) => word !== '');

export const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');
