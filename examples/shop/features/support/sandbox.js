// The card provider's sandbox, as it behaves: it goes to sleep when nobody uses it, its first call wakes it
// up and times out. The scenario that uses it is therefore flaky: it fails once a run and passes when it is
// tried again.

let awake = false;

export const sandbox = {
  async charge() {
    if (awake) return { approved: true };
    awake = true;
    throw new Error("the sandbox did not answer within 200 ms");
  },
};
