/* stream_frame.h: the frames of the WebSocket streams: one JSON object each (docs/live.md).
 *
 * What a reader holds, once it has followed the frames, is what the REST graph of the same lens says now, as far as the
 * filter lets through: a node that comes into the filter is CREATED for it, one that leaves it DELETED.
 */
#ifndef TRIMODAL_API_STREAM_FRAME_H
#define TRIMODAL_API_STREAM_FRAME_H

#include "live/live.h"

struct stream_filter {
    const char *stream; /* "dde", "bdv", "acc", "convergence" */
    uint32_t kinds;     /* of nodes: bits 1 << kind */
    bool with_verdict;
    struct str requirements; /* ids with GRAPH_SEPARATOR between; absent: all */
};

/* False: nothing in it for this filter. */
bool stream_frame_write(const struct stream_filter *filter, const struct live_update *update, struct buffer *frame);

#endif
