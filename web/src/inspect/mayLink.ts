/* Whether a person may link and unlink here and now, and if not, why: said beside the buttons, which then do nothing. */
import { useViewer } from '../data/viewer';
import { usePlace } from '../state/location';

export interface MayLink {
  readonly may: boolean; // false as long as it is not known
  readonly why: string | null; // why not
}

export function useMayLink(): MayLink {
  const { moment } = usePlace();
  const viewer = useViewer();
  if (moment !== null) return { may: false, why: 'Links are changed as of now; go back to now to change one.' };
  if (viewer === null) return { may: false, why: null };
  if (viewer.may('iteration:write')) return { may: true, why: null };
  return { may: false, why: `Your role${viewer.role === null ? '' : `, ${viewer.role},`} may not change links; an engineer or an administrator may.` };
}
