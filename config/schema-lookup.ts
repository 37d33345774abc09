/** The part of JSON Schema that is needed to look up what a place of the file is for. */
export interface SchemaNode {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
}

/** The schema of what stands at a path of the file; undefined where the schema knows no such place. */
export function fieldAt(schema: SchemaNode, path: readonly PropertyKey[]): SchemaNode | undefined {
  let node: SchemaNode | undefined = schema;
  for (const segment of path) node = node && childOf(node, segment);
  return node && merged(node);
}

function childOf(node: SchemaNode, segment: PropertyKey): SchemaNode | undefined {
  if (typeof segment === 'number' && node.items) return node.items;
  const own = typeof segment === 'string' ? node.properties?.[segment] : undefined;
  if (own) return own;
  if (typeof node.additionalProperties === 'object') return node.additionalProperties;
  for (const branch of node.anyOf ?? []) {
    const found = childOf(branch, segment);
    if (found) return found;
  }
  return undefined;
}

/** A union has the keys of all its branches. */
function merged(node: SchemaNode): SchemaNode {
  if (node.properties || !node.anyOf) return node;
  const properties = Object.assign({}, ...node.anyOf.map((branch) => merged(branch).properties ?? {}));
  return { ...node, properties };
}
