/* A discovery client made with gSOAP's wsdd plugin, for one version of WS-Discovery.

   gsoap_discovery find SECONDS [TYPES]   Probe to the group; a Resolve for each match.
   gsoap_discovery watch SECONDS          What comes to the group: Hello and Bye.

   One line for each message: its name, InstanceId, MessageNumber, endpoint address, XAddrs, MetadataVersion. */

#include "wsddapi.h"
#include "wsdd.nsmap"

#include <arpa/inet.h>
#include <time.h>

#define GROUP "239.255.255.250"
#define GROUP_URL "soap.udp://239.255.255.250:3702"
#define MOST 64

static char probe_id[128], resolve_ids[MOST][128], found[MOST][256];
static int count;

#ifdef SOAP_WSA_2005
#define ADDRESS(reference) ((reference)->wsa5__EndpointReference.Address)
#else
#define ADDRESS(reference) ((reference)->wsa__EndpointReference.Address)
#endif

static void say(const char *name, unsigned instance, unsigned number, const char *address, const char *xaddrs,
                unsigned version)
{
    printf("%s %u %u %s %s %u\n", name, instance, number, address ? address : "-", xaddrs ? xaddrs : "-", version);
    fflush(stdout);
}

void wsdd_event_Hello(struct soap *soap, unsigned int InstanceId, const char *SequenceId, unsigned int MessageNumber,
                      const char *MessageID, const char *RelatesTo, const char *EndpointReference, const char *Types,
                      const char *Scopes, const char *MatchBy, const char *XAddrs, unsigned int MetadataVersion)
{
    say("Hello", InstanceId, MessageNumber, EndpointReference, XAddrs, MetadataVersion);
}

void wsdd_event_Bye(struct soap *soap, unsigned int InstanceId, const char *SequenceId, unsigned int MessageNumber,
                    const char *MessageID, const char *RelatesTo, const char *EndpointReference, const char *Types,
                    const char *Scopes, const char *MatchBy, const char *XAddrs, unsigned int *MetadataVersion)
{
    say("Bye", InstanceId, MessageNumber, EndpointReference, NULL, 0);
}

soap_wsdd_mode wsdd_event_Probe(struct soap *soap, const char *MessageID, const char *ReplyTo, const char *Types,
                                const char *Scopes, const char *MatchBy, struct wsdd__ProbeMatchesType *matches)
{
    return SOAP_WSDD_ADHOC;
}

soap_wsdd_mode wsdd_event_Resolve(struct soap *soap, const char *MessageID, const char *ReplyTo,
                                  const char *EndpointReference, struct wsdd__ResolveMatchType *match)
{
    return SOAP_WSDD_ADHOC;
}

void wsdd_event_ProbeMatches(struct soap *soap, unsigned int InstanceId, const char *SequenceId,
                             unsigned int MessageNumber, const char *MessageID, const char *RelatesTo,
                             struct wsdd__ProbeMatchesType *matches)
{
    int i;
    if (!RelatesTo || strcmp(RelatesTo, probe_id))
        return;
    for (i = 0; i < matches->__sizeProbeMatch; i++) {
        struct wsdd__ProbeMatchType *match = &matches->ProbeMatch[i];
        say("ProbeMatch", InstanceId, MessageNumber, ADDRESS(match), match->XAddrs, match->MetadataVersion);
        if (count < MOST)
            snprintf(found[count++], sizeof found[0], "%s", ADDRESS(match));
    }
}

void wsdd_event_ResolveMatches(struct soap *soap, unsigned int InstanceId, const char *SequenceId,
                               unsigned int MessageNumber, const char *MessageID, const char *RelatesTo,
                               struct wsdd__ResolveMatchType *match)
{
    int i;
    for (i = 0; i < count; i++)
        if (match && RelatesTo && !strcmp(RelatesTo, resolve_ids[i]))
            say("ResolveMatch", InstanceId, MessageNumber, ADDRESS(match), match->XAddrs, match->MetadataVersion);
}

int SOAP_ENV__Fault(struct soap *soap, char *faultcode, char *faultstring, char *faultactor,
                    struct SOAP_ENV__Detail *detail, struct SOAP_ENV__Code *SOAP_ENV__Code,
                    struct SOAP_ENV__Reason *SOAP_ENV__Reason, char *SOAP_ENV__Node, char *SOAP_ENV__Role,
                    struct SOAP_ENV__Detail *SOAP_ENV__Detail)
{
    printf("Fault\n");
    return SOAP_OK;
}

static struct soap *open_socket(int port, int join)
{
    struct soap *soap = soap_new1(SOAP_IO_UDP);
    struct ip_mreq member;
    soap->bind_flags = SO_REUSEADDR;
    soap->connect_flags = SO_BROADCAST;
    soap->bind_v6only = 0;
    if (!soap_valid_socket(soap_bind(soap, "0.0.0.0", port, 100))) {
        soap_print_fault(soap, stderr);
        exit(1);
    }
    if (join) {
        member.imr_multiaddr.s_addr = inet_addr(GROUP);
        member.imr_interface.s_addr = htonl(INADDR_ANY);
        if (setsockopt(soap->master, IPPROTO_IP, IP_ADD_MEMBERSHIP, &member, sizeof member)) {
            perror("IP_ADD_MEMBERSHIP");
            exit(1);
        }
    }
    return soap;
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static void listen_for(struct soap *soap, double seconds)
{
    double end = now() + seconds;
    while (now() < end)
        soap_wsdd_listen(soap, -200000);
}

int main(int argc, char **argv)
{
    struct soap *soap;
    double seconds;
    int i;
    if (argc < 3)
        return 2;
    seconds = atof(argv[2]);
    if (!strcmp(argv[1], "watch")) {
        soap = open_socket(3702, 1);
        printf("listening\n");
        fflush(stdout);
        listen_for(soap, seconds);
        return 0;
    }
    soap = open_socket(0, 0);
    snprintf(probe_id, sizeof probe_id, "%s", soap_wsa_rand_uuid(soap));
    if (soap_wsdd_Probe(soap, SOAP_WSDD_ADHOC, SOAP_WSDD_TO_TS, GROUP_URL, probe_id, NULL,
                        argc > 3 ? argv[3] : NULL, NULL, NULL)) {
        soap_print_fault(soap, stderr);
        return 1;
    }
    listen_for(soap, seconds);
    for (i = 0; i < count; i++) {
        snprintf(resolve_ids[i], sizeof resolve_ids[i], "%s", soap_wsa_rand_uuid(soap));
        if (soap_wsdd_Resolve(soap, SOAP_WSDD_ADHOC, SOAP_WSDD_TO_TS, GROUP_URL, resolve_ids[i], NULL, found[i])) {
            soap_print_fault(soap, stderr);
            return 1;
        }
    }
    if (count)
        listen_for(soap, seconds);
    return 0;
}
