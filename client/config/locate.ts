import { isMap, isNode, isPair, isScalar } from 'yaml';
import type { Document, LineCounter, Node } from 'yaml';

type Path = readonly PropertyKey[];

/**
 * Offset of what an issue is about: the value at the path, or the key itself for an unknown key, or
 * the nearest parent that exists when something is missing.
 */
export function offsetOf(document: Document, path: Path, unknownKey?: string): number {
  if (unknownKey !== undefined) {
    const key = keyNode(nodeAt(document, path), unknownKey);
    if (key?.range) return key.range[0];
  }
  for (let length = path.length; length >= 0; length -= 1) {
    const parent = path.slice(0, length);
    const node = nodeAt(document, parent);
    if (!node?.range) continue;
    // A missing key is reported at its section's own key, which is a line a person can find.
    const section =
      length < path.length ? keyNode(nodeAt(document, parent.slice(0, -1)), parent.at(-1)) : undefined;
    return section?.range ? section.range[0] : node.range[0];
  }
  return 0;
}

export function lineAndColumn(lines: LineCounter, offset: number): string {
  const { line, col } = lines.linePos(offset);
  return `${String(Math.max(line, 1))}:${String(Math.max(col, 1))}`;
}

function nodeAt(document: Document, path: Path): Node | undefined {
  const node: unknown = path.length === 0 ? document.contents : document.getIn(path as unknown[], true);
  return isNode(node) ? node : undefined;
}

function keyNode(map: Node | undefined, key: PropertyKey | undefined): Node | undefined {
  if (!isMap(map)) return undefined;
  const pair = map.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === key);
  return isNode(pair?.key) ? pair.key : undefined;
}
