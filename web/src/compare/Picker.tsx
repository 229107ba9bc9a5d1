/* Which two: the address holds them. */
import { useMemo } from 'react';
import { useQuery } from 'urql';
import { IterationsDocument } from '../../generated/graphql';
import { usePlace } from '../state/location';

interface PickerProperties {
  readonly left: string;
  readonly right: string;
  readonly choose: (left: string, right: string) => void;
}

function Side({ label, value, names, set }: { readonly label: string; readonly value: string; readonly names: readonly string[]; readonly set: (value: string) => void }) {
  return (
    <label>{label}
      <select value={value} onChange={(event) => set(event.target.value)}>
        <option value="">choose an iteration</option>
        {[...new Set([...names, ...(value === '' ? [] : [value])])].map((name) => <option key={name} value={name}>{name}</option>)}
      </select>
    </label>
  );
}

export function Picker({ left, right, choose }: PickerProperties) {
  const { moment, tenant } = usePlace();
  const [{ data }] = useQuery({ query: IterationsDocument, variables: { asOf: moment?.asOf ?? null, observedAt: moment?.observedAt ?? null } });
  const names = useMemo(() => {
    const own = tenant ?? data?.me.tenantId; // both sides are of one tenant, as the address names one
    return [...(data?.iterations?.nodes ?? [])].filter((one) => one.tenantId === own).sort((a, b) => (a.lastValidFrom < b.lastValidFrom ? 1 : -1)).map((one) => one.nodeId);
  }, [data, tenant]);
  return (
    <div className="picker" role="group" aria-label="Iterations to compare">
      <Side label="Left" value={left} names={names} set={(value) => choose(value, right)} />
      <button type="button" className="button" disabled={left === '' && right === ''} onClick={() => choose(right, left)} aria-label="Swap left and right" title="Swap left and right">⇄</button>
      <Side label="Right" value={right} names={names} set={(value) => choose(left, value)} />
    </div>
  );
}
