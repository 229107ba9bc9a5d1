/* The iteration is there, but nobody told of its work yet. */
import { Notice } from '../parts/Notice';

export function Empty() {
  return (
    <Notice tone="wait" title="No tasks yet">
      <p>Nobody reported the work of this iteration. A Turborepo run is imported with <code>trimodal import turborepo .turbo/runs/*.json</code>; any other pipeline posts <code>TASK_CREATED</code> and the like to <code>/api/v1/events</code>. What arrives is shown here at once.</p>
    </Notice>
  );
}
