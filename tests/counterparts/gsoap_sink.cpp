// A sink of another make for the events of a device: what gSOAP's tools generate from scanner-events.wsdl and
// device-events.wsdl reads every message; here is only what a program has to add, and it prints what came.
//
//     gsoap_sink
//
// Listens on a port of 127.0.0.1 that the system chooses, prints its address as the first line and ends when its
// standard input is closed. Each connection has a thread. Each event is one line: path, namespace, name and
// action, then name=value of what stands in it, with tabs between them.

#include <netinet/in.h>
#include <signal.h>
#include <unistd.h>

#include <mutex>
#include <string>
#include <thread>

#include "stdsoap2.h"

#include "gsoap_linkage.h"

#include "ScannerEventSinkBinding.nsmap"
#include "soapC.c"
#include "soapServer.c"
#include "plugin/wsaapi.c"

namespace {

std::mutex printing;

using Text = std::string;

Text field(const char *name, const Text &value) { return Text("\t") + name + "=" + value; }

template <class T>
Text text(const T *element) {
    return element && element->__item ? element->__item : "";
}

template <class T>
Text number(const T *element) {
    return element ? std::to_string(element->__item) : "";
}

template <class T>
Text list(int count, const T *elements) {
    Text result;
    for (int i = 0; i < count; i++) result += (i ? "," : "") + text(elements + i);
    return result;
}

// ---- What stands in the events

Text content(const wscn__DeviceCondition *condition) {
    return field("Id", std::to_string(condition->Id)) + field("Name", text(condition->Name)) +
           field("Component", text(condition->Component)) + field("Severity", text(condition->Severity)) +
           field("timed", condition->Time && condition->Time->__item > 0 ? "yes" : "no");
}

Text content(const wscn__DeviceConditionCleared *cleared) {
    return field("Id", number(cleared->ConditionId)) +
           field("timed", cleared->ConditionClearTime && cleared->ConditionClearTime->__item > 0 ? "yes" : "no");
}

Text content(const wscn__StatusSummary *summary) {
    const auto *reasons = summary->ScannerStateReasons;
    return field("State", text(summary->ScannerState)) +
           field("Reasons", list(reasons->__sizeScannerStateReason, reasons->ScannerStateReason));
}

Text content(const wscn__JobStatus *status) {
    const auto *reasons = status->JobStateReasons;
    return field("JobId", number(status->JobId)) + field("State", text(status->JobState)) +
           field("Reasons", list(reasons->__sizeJobStateReason, reasons->JobStateReason)) +
           field("Scans", number(status->ScansCompleted));
}

Text content(const wscn__JobEndState *end) {
    const auto *reasons = end->JobCompletedStateReasons;
    return field("JobId", number(end->JobId)) + field("State", text(end->JobCompletedState)) +
           field("Reasons", list(reasons->__sizeJobStateReason, reasons->JobStateReason)) +
           field("JobName", text(end->JobName)) + field("User", text(end->JobOriginatingUserName)) +
           field("Scans", number(end->ScansCompleted)) +
           field("timed", end->JobCompletedTime && end->JobCompletedTime->__item > 0 ? "yes" : "no");
}

Text content(const wscn__ElementChanges *changes) {
    Text result;
    if (const auto *description = changes->ScannerDescription)
        result += field("Names", list(description->__sizeScannerName, description->ScannerName)) +
                  field("Locations", list(description->__sizeScannerLocation, description->ScannerLocation));
    if (changes->ScannerConfiguration) result += field("Configuration", "yes");
    if (const auto *ticket = changes->DefaultScanTicket)
        result += field("Format", ticket->DocumentParameters ? text(ticket->DocumentParameters->Format) : "");
    return result;
}

// ---- Every event

int took(struct soap *soap, const char *name_space, const char *name, const Text &what) {
    if (soap_wsa_check(soap)) return soap->error;
    if (!soap->header->wsa__MessageID || !soap->header->wsa__To)
        return soap_wsa_error(soap, wsa__MessageInformationHeaderRequired);
    {
        std::lock_guard<std::mutex> guard(printing);
        const char *action = soap->header->wsa__Action ? soap->header->wsa__Action : "";
        printf("%s\t%s\t%s\t%s%s\n", soap->path, name_space, name, action, what.c_str());
        fflush(stdout);
    }
    return soap_send_empty_response(soap, 202);
}

}  // namespace

#define EVENT(NAMESPACE, NAME, CHILD)                                                              \
    int __##NAMESPACE##__##NAME(struct soap *soap, struct _##NAMESPACE##__##NAME *event) {         \
        return took(soap, #NAMESPACE, #NAME, content(event->CHILD));                               \
    }
#define BOTH(NAME, CHILD) EVENT(wscn, NAME, CHILD) EVENT(dsd, NAME, CHILD)

BOTH(ScannerElementsChangeEvent, ElementChanges)
BOTH(ScannerStatusSummaryEvent, StatusSummary)
BOTH(ScannerStatusConditionEvent, DeviceCondition)
BOTH(ScannerStatusConditionClearedEvent, DeviceConditionCleared)
BOTH(JobStatusEvent, JobStatus)
BOTH(JobEndStateEvent, JobEndState)

int __wscn__ScanAvailableEvent(struct soap *soap, struct _wscn__ScanAvailableEvent *event) {
    return took(soap, "wscn", "ScanAvailableEvent",
                field("Context", text(event->ClientContext)) + field("Identifier", text(event->ScanIdentifier)));
}

int SOAP_ENV__Fault(struct soap *, _QName, char *, char *, struct SOAP_ENV__Detail *, struct SOAP_ENV__Code *,
                    struct SOAP_ENV__Reason *, char *, char *, struct SOAP_ENV__Detail *) {
    return SOAP_NO_METHOD;
}

namespace {

void serve(struct soap *soap) {
    soap_serve(soap);
    soap_destroy(soap);
    soap_end(soap);
    soap_free(soap);
}

}  // namespace

int main() {
    signal(SIGPIPE, SIG_IGN);
    struct soap soap;
    soap_init1(&soap, SOAP_XML_STRICT | SOAP_C_UTFSTRING | SOAP_IO_KEEPALIVE);
    soap_set_namespaces(&soap, namespaces);
    soap_register_plugin(&soap, soap_wsa);
    soap.max_keep_alive = 100000;
    soap.recv_timeout = soap.send_timeout = 60;
    if (!soap_valid_socket(soap_bind(&soap, "127.0.0.1", 0, 100))) {
        soap_print_fault(&soap, stderr);
        return 1;
    }
    sockaddr_in address;
    socklen_t length = sizeof address;
    getsockname(soap.master, reinterpret_cast<sockaddr *>(&address), &length);
    printf("http://127.0.0.1:%d\n", ntohs(address.sin_port));
    fflush(stdout);
    // Whoever started us holds the other end of standard input: no sink outlives its test.
    std::thread([] {
        char byte;
        while (read(0, &byte, 1) > 0) continue;
        _exit(0);
    }).detach();
    while (true) {
        if (!soap_valid_socket(soap_accept(&soap))) continue;
        struct soap *connection = soap_copy(&soap);
        if (!connection) return 1;
        std::thread(serve, connection).detach();
    }
}
