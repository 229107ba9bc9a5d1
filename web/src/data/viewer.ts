/* Who looks, and what they may do: what they may not is not offered, and it is said why. The server decides each time all the same. */
import { useQuery } from 'urql';
import { ViewerDocument } from '../../generated/graphql';

export type Permission = 'iteration:read' | 'iteration:write' | 'audit:read';

export interface Viewer {
  readonly subject: string;
  readonly role: string | null; // in small letters
  readonly may: (permission: Permission) => boolean;
}

/** null as long as it is not known: then nothing is offered yet. */
export function useViewer(): Viewer | null {
  const [{ data }] = useQuery({ query: ViewerDocument });
  if (data === undefined) return null;
  const { subject, role, permissions } = data.me;
  return { subject, role: role?.toLowerCase() ?? null, may: (permission) => permissions.includes(permission) };
}
