/**
 * Statements that start something asynchronous and do not wait for it. The linter's rule knows the types of a file's own
 * functions, but not those that `proxyActivities` makes up; so the compiler is asked.
 */
import { join } from 'node:path';
import type { ExpressionStatement, Node } from 'typescript/unstable/ast';
import { isBinaryExpression, isExpressionStatement, isVoidExpression } from 'typescript/unstable/ast/is';
import { API } from 'typescript/unstable/sync';
import { root } from './import-graph.ts';

/** Each as `path: statement`. */
export function floatingPromises(paths: readonly string[]): string[] {
  const api = new API({ cwd: root });
  try {
    const project = api
      .updateSnapshot({ openProjects: [join(root, 'tsconfig.json')] })
      .getProject(join(root, 'tsconfig.json'));
    if (!project) throw new Error('tsconfig.json cannot be opened');
    const { program, checker } = project;
    const isPromise = (expression: Node): boolean => {
      const type = checker.getTypeAtLocation(expression);
      return type !== undefined && checker.getPropertyOfType(type, 'then') !== undefined;
    };
    return paths.flatMap((path) => {
      const file = program.getSourceFile(join(root, path));
      if (!file) throw new Error(`the compiler does not know ${path}`);
      return statementsOf(file)
        .filter(({ expression }) => !isKept(expression) && isPromise(expression))
        .map((statement) => `${path}: ${statement.getText(file)}`);
    });
  } finally {
    api.close();
  }
}

/** Put into a variable, or marked as left alone on purpose. */
const isKept = (expression: Node): boolean =>
  isVoidExpression(expression) ||
  (isBinaryExpression(expression) && ['=', '??=', '||=', '&&='].includes(expression.operatorToken.getText()));

function statementsOf(node: Node): ExpressionStatement[] {
  const found: ExpressionStatement[] = isExpressionStatement(node) ? [node] : [];
  node.forEachChild((child) => {
    found.push(...statementsOf(child));
  });
  return found;
}
