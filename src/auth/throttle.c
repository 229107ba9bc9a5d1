#include "auth/throttle.h"

#include <arpa/inet.h>
#include <stdio.h>

#define SECOND_NS UINT64_C(1000000000)
#define NETWORK_BYTES 8 /* of an IPv6 address */

uint64_t throttle_network(struct str address)
{
    char text[INET6_ADDRSTRLEN];
    struct in6_addr bytes;
    uint64_t hash = 0;
    size_t length = str_find(address, '%'); /* without a zone */
    if (length < sizeof text) {
        (void)snprintf(text, sizeof text, "%.*s", (int)length, address.at != NULL ? address.at : "");
        if (inet_pton(AF_INET6, text, &bytes) == 1 && !IN6_IS_ADDR_V4MAPPED(&bytes)) {
            hash = str_hash((struct str){(const char *)&bytes, NETWORK_BYTES});
        }
    }
    hash = hash != 0 ? hash : str_hash(address);
    return hash != 0 ? hash : 1;
}

static const struct throttle_entry *find(const struct throttle *throttle, uint64_t network)
{
    const struct throttle_entry *set = throttle->entries[network % THROTTLE_SETS];
    for (int i = 0; i < THROTTLE_WAYS; i++) {
        if (set[i].network == network) {
            return &set[i];
        }
    }
    return NULL;
}

unsigned throttle_wait(const struct throttle *throttle, uint64_t network, uint64_t now_ns)
{
    const struct throttle_entry *entry = find(throttle, network);
    if (entry == NULL || now_ns >= entry->shut_until_ns) {
        return 0;
    }
    return (unsigned)((entry->shut_until_ns - now_ns + SECOND_NS - 1) / SECOND_NS);
}

static struct throttle_entry *place_for(struct throttle *throttle, uint64_t network)
{
    struct throttle_entry *set = throttle->entries[network % THROTTLE_SETS], *oldest = &set[0];
    for (int i = 0; i < THROTTLE_WAYS; i++) {
        if (set[i].network == network) {
            return &set[i];
        }
        oldest = set[i].last_ns < oldest->last_ns ? &set[i] : oldest;
    }
    *oldest = (struct throttle_entry){.network = network};
    return oldest;
}

void throttle_failed(struct throttle *throttle, uint64_t network, uint64_t now_ns)
{
    struct throttle_entry *entry = place_for(throttle, network);
    if (now_ns - entry->last_ns > THROTTLE_FORGET_NS) {
        entry->failures = 0;
    }
    entry->last_ns = now_ns;
    entry->failures += entry->failures < UINT32_MAX;
    if (entry->failures > THROTTLE_FREE) {
        uint32_t over = entry->failures - THROTTLE_FREE - 1;
        uint64_t seconds = over < 6 ? UINT64_C(1) << over : THROTTLE_SECONDS_MAX;
        entry->shut_until_ns = now_ns + seconds * SECOND_NS;
    }
}
