// A WS-DSP scan server of another make: what gSOAP's tools generate from emulator/dsm/wsdl/processing.wsdl
// reads and writes every message; here is only what a service has to add, jobs and files.
//
//     gsoap_server STORE [chunked]
//
// Listens on a port of 127.0.0.1 that the system chooses, prints the address of the service as its only line
// and ends when its standard input is closed. Each connection has a thread. Images come into
// STORE/<JobToken>/<DocumentId>.<Format>, what CreatePostScanJob said into STORE/<JobToken>/job.txt.
// "chunked": answers are sent in chunks.

#include <netinet/in.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <list>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "stdsoap2.h"

#include "gsoap_linkage.h"

#include "RepositoryProcessingServiceBinding.nsmap"
#include "soapC.c"
#include "soapServer.c"
#include "plugin/wsaapi.c"

namespace {

using Clock = std::chrono::steady_clock;

const std::string DSP = "http://schemas.microsoft.com/windows/2008/12/wdp/distributedscan/processing";
const std::string FILTERS = "http://schemas.microsoft.com/windows/2007/10/imaging/postscan/filter/";
const std::string PATH = "/ScanServer/0f8fad5b-d9cb-469f-a165-70867728950e";

enum class Stage { Creating, Ended, Canceled, Aborted };

struct Job {
    std::string psp_identifier;
    std::vector<std::string> dialects;
    std::map<int, std::string> documents;  // DocumentId -> Format, as far as they are stored
    std::set<int> taken;                   // DocumentIds used, also of images under way
    Stage stage = Stage::Creating;
    time_t created = 0, completed = 0;
    Clock::time_point ended;
};

// An attachment that is being written to a file while it arrives. gSOAP hands its address around as handle.
struct Spool {
    std::string path;
    std::ofstream file;
};

std::string store, service;
std::mutex jobs_mutex;
std::map<std::string, Job> jobs;
unsigned long spooled = 0;

// ---- gSOAP's habits of memory: everything in an answer lives as long as the context's heap

template <class T>
T *make(struct soap *soap, size_t count = 1) {
    void *memory = soap_malloc(soap, count * sizeof(T));
    memset(memory, 0, count * sizeof(T));
    return static_cast<T *>(memory);
}

template <class T>
T *text(struct soap *soap, const std::string &value) {
    T *element = make<T>(soap);
    element->__item = soap_strdup(soap, value.c_str());
    return element;
}

template <class T, class V>
T *value(struct soap *soap, V item) {
    T *element = make<T>(soap);
    element->__item = item;
    return element;
}

// ---- Faults

std::string escaped(const std::string &raw) {
    std::string result;
    for (char c : raw) {
        if (c == '<') result += "&lt;";
        else if (c == '&') result += "&amp;";
        else result += c;
    }
    return result;
}

int sender(struct soap *soap, const char *subcode, const char *reason, const std::string &detail) {
    return soap_wsa_sender_fault_subcode(soap, subcode, reason, soap_strdup(soap, escaped(detail).c_str()));
}

int invalid(struct soap *soap, const char *argument) {
    return sender(soap, "dsp:InvalidArgs", "At least one input argument is invalid.", argument);
}

int not_found(struct soap *soap, const std::string &token) {
    return sender(soap, "dsp:ClientErrorJobTokenNotFound",
                  "A PostScan job identified by the specified dsp:JobToken argument could not be found.", token);
}

int operation_failed(struct soap *soap) {
    return soap_wsa_receiver_fault_subcode(soap, "dsp:OperationFailed",
                                           "The service cannot perform the requested operation.", NULL);
}

// ---- WS-Addressing: what every request must carry, what every answer carries

int check(struct soap *soap, const char *operation) {
    if (PATH != soap->path) return 404;
    if (soap_wsa_check(soap)) return soap->error;
    if (!soap->header->wsa__MessageID || !soap->header->wsa__To)
        return soap_wsa_error(soap, wsa__MessageInformationHeaderRequired);
    if (DSP + "/" + operation != soap->header->wsa__Action) return soap_wsa_error(soap, wsa__ActionNotSupported);
    if (service != soap->header->wsa__To) return soap_wsa_error(soap, wsa__DestinationUnreachable);
    return SOAP_OK;
}

int answer(struct soap *soap, const char *operation) {
    return soap_wsa_reply(soap, soap_wsa_rand_uuid(soap), (DSP + "/" + operation + "Response").c_str());
}

// ---- Attachments

void *open_spool(struct soap *soap, void *, const char *, const char *, const char *, enum soap_mime_encoding) {
    auto *spools = static_cast<std::list<Spool> *>(soap->user);
    spools->emplace_back();
    Spool &spool = spools->back();
    {
        std::lock_guard<std::mutex> guard(jobs_mutex);
        spool.path = store + "/.incoming-" + std::to_string(++spooled);
    }
    spool.file.open(spool.path, std::ios::binary);
    if (!spool.file) soap->error = SOAP_EOF;
    return &spool;
}

int write_spool(struct soap *, void *handle, const char *data, size_t length) {
    auto *spool = static_cast<Spool *>(handle);
    return spool->file.write(data, static_cast<std::streamsize>(length)) ? SOAP_OK : SOAP_EOF;
}

void close_spool(struct soap *, void *handle) { static_cast<Spool *>(handle)->file.close(); }

void drop_spools(std::list<Spool> &spools) {
    for (Spool &spool : spools) {
        spool.file.close();
        unlink(spool.path.c_str());
    }
    spools.clear();
}

// Puts what came as ImageData into place: an attachment that was spooled, or base64 that stood inline.
bool put_image(struct soap *soap, const xsd__base64Binary &data, const std::string &path) {
    for (Spool &spool : *static_cast<std::list<Spool> *>(soap->user))
        if (static_cast<void *>(&spool) == static_cast<void *>(data.__ptr))
            return rename(spool.path.c_str(), path.c_str()) == 0;
    if (!data.__ptr || data.__size <= 0) return false;
    std::ofstream file(path, std::ios::binary);
    file.write(reinterpret_cast<const char *>(data.__ptr), data.__size);
    return file.good();
}

// ---- States

// After EndPostScanJob the filters take their time.
struct View {
    const char *job, *reason, *filter;
};

View view(Job &job) {
    switch (job.stage) {
        case Stage::Creating:
            return {"Creating", "None", "Pending"};
        case Stage::Canceled:
            return {"Canceled", "PostScanJobCanceled", "Canceled"};
        case Stage::Aborted:
            return {"Aborted", "NoValidPostScanInstructionsFound", "Canceled"};
        case Stage::Ended:
            break;
    }
    auto since = Clock::now() - job.ended;
    if (since < std::chrono::milliseconds(50)) return {"Pending", "None", "Pending"};
    if (since < std::chrono::milliseconds(150)) return {"Processing", "None", "Processing"};
    if (!job.completed) job.completed = time(NULL);
    return {"Completed", "PostScanJobCompletedSuccessfully", "CompletedSuccessfully"};
}

dsp__JobStatus *job_status(struct soap *soap, const std::string &token, Job &job) {
    View now = view(job);
    auto *status = make<dsp__JobStatus>(soap);
    status->JobToken = text<dsp__Text>(soap, token);
    status->JobState = text<dsp__JobState>(soap, now.job);
    status->JobStateReasons = make<dsp__JobStateReasons>(soap);
    status->JobStateReasons->__sizeJobStateReason = 1;
    status->JobStateReasons->JobStateReason = text<dsp__JobStateReason>(soap, now.reason);
    auto *filters = make<dsp__FilterStatuses>(soap);
    filters->__sizeFilterStatus = static_cast<int>(job.dialects.size());
    filters->FilterStatus = make<dsp__FilterStatus>(soap, job.dialects.size());
    for (size_t i = 0; i < job.dialects.size(); i++) {
        filters->FilterStatus[i].Dialect = text<dsp__Uri>(soap, job.dialects[i]);
        filters->FilterStatus[i].FilterState = text<dsp__FilterState>(soap, now.filter);
    }
    status->FilterStatuses = filters;
    status->ImagesReceived = value<dsp__Count>(soap, static_cast<int>(job.documents.size()));
    status->JobCreatedTime = value<dsp__Time>(soap, job.created);
    if (job.completed) status->JobCompletedTime = value<dsp__Time>(soap, job.completed);
    return status;
}

dsp__JobDescription *job_description(struct soap *soap, const Job &job) {
    auto *description = make<dsp__JobDescription>(soap);
    description->PSP_USCOREIdentifier = text<dsp__Text>(soap, job.psp_identifier);
    description->PSP_USCOREDisplayName = text<dsp__Text>(soap, "A scan process");
    description->JobOriginatingUserName = text<dsp__Text>(soap, "CONTOSO\\demo");
    return description;
}

dsp__Documents *documents(struct soap *soap, const Job &job) {
    auto *result = make<dsp__Documents>(soap);
    result->__sizeDocument = static_cast<int>(job.documents.size());
    result->Document = make<dsp__Document>(soap, job.documents.size());
    size_t i = 0;
    for (const auto &[id, format] : job.documents) {
        auto *description = make<dsp__DocumentDescription>(soap);
        description->DocumentId = value<dsp__Ordinal>(soap, id);
        description->Format = text<dsp__Format>(soap, format);
        result->Document[i++].DocumentDescription = description;
    }
    return result;
}

std::string token_of(const dsp__JobTokenOnly *request) { return request->JobToken->__item; }

}  // namespace

// ---- The five operations

int __dsp__CreatePostScanJob(struct soap *soap, struct _dsp__CreatePostScanJobRequest *request,
                             struct dsp__JobTokenOnly *response) {
    if (int error = check(soap, "CreatePostScanJob")) return error;
    const std::string user = request->UserIdentifier->__item;
    if (user.rfind("S-1-", 0) != 0) return invalid(soap, "UserIdentifier");
    Job job;
    job.psp_identifier = request->PSP_USCOREIdentifier->__item;
    if (job.psp_identifier.empty()) return invalid(soap, "PSP_Identifier");
    const auto *instructions = request->PostScanInstructions;
    const auto &filters = instructions->FiltersToProcess;
    bool known = false;
    std::string said;
    for (int i = 0; i < filters.__sizeFilter; i++) {
        const auto &filter = filters.Filter[i];
        const std::string dialect = filter.Dialect->__item;
        known = known || dialect.rfind(FILTERS, 0) == 0;
        job.dialects.push_back(dialect);
        said += "Filter=" + dialect + "\n";
        if (filter.Instructions.__any) said += std::string("Instructions=") + filter.Instructions.__any + "\n";
    }
    if (!known) job.stage = Stage::Aborted;
    job.created = time(NULL);
    // soap_wsa_rand_uuid gives urn:uuid:...; a JobToken of a Windows server is a bare GUID.
    const std::string token = std::string(soap_wsa_rand_uuid(soap)).substr(9);
    const std::string folder = store + "/" + token;
    if (mkdir(folder.c_str(), 0700)) return operation_failed(soap);
    std::ofstream(folder + "/job.txt")
        << "UserIdentifier=" << user << "\nPSP_Identifier=" << job.psp_identifier
        << "\nDocumentRootName=" << instructions->DocumentRootName->__item << "\nContinueOnError="
        << (instructions->ContinueOnError ? std::to_string(instructions->ContinueOnError->__item) : "absent")
        << "\n" << said;
    {
        std::lock_guard<std::mutex> guard(jobs_mutex);
        jobs[token] = job;
    }
    response->JobToken = text<dsp__Text>(soap, token);
    return answer(soap, "CreatePostScanJob");
}

int __dsp__SendImage(struct soap *soap, struct _dsp__SendImageRequest *request,
                     struct dsp__Empty *) {
    if (int error = check(soap, "SendImage")) return error;
    const std::string token = request->JobToken->__item;
    const int id = request->DocumentDescription->DocumentId->__item;
    const std::string format = request->DocumentDescription->Format->__item;
    {
        std::lock_guard<std::mutex> guard(jobs_mutex);
        auto found = jobs.find(token);
        if (found == jobs.end()) return not_found(soap, token);
        Job &job = found->second;
        if (job.stage == Stage::Canceled)
            return soap_wsa_receiver_fault_subcode(soap, "dsp:ServerErrorPostScanJobCanceled",
                                                   "The PostScan job was canceled.", NULL);
        if (job.stage != Stage::Creating) return operation_failed(soap);
        if (format.find_first_of("/\\.") != std::string::npos) return invalid(soap, "Format");
        if (!job.taken.insert(id).second) return invalid(soap, "DocumentId");
    }
    const std::string path = store + "/" + token + "/" + std::to_string(id) + "." + format;
    const bool stored = put_image(soap, request->ImageData->__item, path);
    std::lock_guard<std::mutex> guard(jobs_mutex);
    if (!stored) {
        jobs[token].taken.erase(id);
        return invalid(soap, "ImageData");
    }
    jobs[token].documents[id] = format;
    return answer(soap, "SendImage");
}

int __dsp__EndPostScanJob(struct soap *soap, struct dsp__JobTokenOnly *request,
                          struct dsp__Empty *) {
    if (int error = check(soap, "EndPostScanJob")) return error;
    std::lock_guard<std::mutex> guard(jobs_mutex);
    auto found = jobs.find(token_of(request));
    if (found == jobs.end()) return not_found(soap, token_of(request));
    if (found->second.stage != Stage::Creating) return operation_failed(soap);
    found->second.stage = Stage::Ended;
    found->second.ended = Clock::now();
    return answer(soap, "EndPostScanJob");
}

int __dsp__CancelPostScanJob(struct soap *soap, struct dsp__JobTokenOnly *request,
                             struct dsp__Empty *) {
    if (int error = check(soap, "CancelPostScanJob")) return error;
    std::lock_guard<std::mutex> guard(jobs_mutex);
    auto found = jobs.find(token_of(request));
    if (found == jobs.end()) return not_found(soap, token_of(request));
    view(found->second);
    if (found->second.completed || found->second.stage == Stage::Canceled) return not_found(soap, token_of(request));
    found->second.stage = Stage::Canceled;
    found->second.completed = time(NULL);
    return answer(soap, "CancelPostScanJob");
}

int __dsp__GetPostScanJobElements(struct soap *soap, struct _dsp__GetPostScanJobElementsRequest *request,
                                  struct _dsp__GetPostScanJobElementsResponse *response) {
    if (int error = check(soap, "GetPostScanJobElements")) return error;
    const std::string token = request->JobToken->__item;
    std::lock_guard<std::mutex> guard(jobs_mutex);
    auto found = jobs.find(token);
    if (found == jobs.end()) return not_found(soap, token);
    const auto &asked = request->RequestedElements;
    auto &elements = response->JobElements;
    elements.__sizeElementData = asked.__sizeName;
    elements.ElementData = make<dsp__ElementData>(soap, static_cast<size_t>(asked.__sizeName));
    for (int i = 0; i < asked.__sizeName; i++) {
        auto &data = elements.ElementData[i];
        const std::string name = asked.Name[i];  // gSOAP has put the prefix of its own table before it
        data.dsp__Name = asked.Name[i];
        data.dsp__Valid = xsd__boolean__true_;
        if (name == "dsp:JobStatus") {
            data.__union_ElementData = SOAP_UNION__dsp__union_ElementData_JobStatus;
            data.union_ElementData.JobStatus = job_status(soap, token, found->second);
        } else if (name == "dsp:JobDescription") {
            data.__union_ElementData = SOAP_UNION__dsp__union_ElementData_JobDescription;
            data.union_ElementData.JobDescription = job_description(soap, found->second);
        } else if (name == "dsp:Documents") {
            data.__union_ElementData = SOAP_UNION__dsp__union_ElementData_Documents;
            data.union_ElementData.Documents = documents(soap, found->second);
        } else {
            data.dsp__Valid = xsd__boolean__false_;
        }
    }
    return answer(soap, "GetPostScanJobElements");
}

int SOAP_ENV__Fault(struct soap *, _QName, char *, char *, struct SOAP_ENV__Detail *, struct SOAP_ENV__Code *,
                    struct SOAP_ENV__Reason *, char *, char *, struct SOAP_ENV__Detail *) {
    return SOAP_NO_METHOD;
}

// ---- Main

namespace {

void serve(struct soap *soap) {
    std::list<Spool> spools;
    soap->user = &spools;
    soap_serve(soap);
    drop_spools(spools);
    soap_destroy(soap);
    soap_end(soap);
    soap_free(soap);
}

}  // namespace

int main(int argc, char **argv) {
    if (argc < 2) return 2;
    store = argv[1];
    signal(SIGPIPE, SIG_IGN);
    soap_mode mode = SOAP_XML_STRICT | SOAP_C_UTFSTRING | SOAP_ENC_MTOM | SOAP_IO_KEEPALIVE;
    if (argc > 2 && std::string(argv[2]) == "chunked") mode |= SOAP_IO_CHUNK;
    struct soap soap;
    soap_init1(&soap, mode);
    soap_set_namespaces(&soap, namespaces);
    soap_register_plugin(&soap, soap_wsa);
    soap.fmimewriteopen = open_spool;
    soap.fmimewrite = write_spool;
    soap.fmimewriteclose = close_spool;
    soap.max_keep_alive = 100000;
    soap.recv_timeout = soap.send_timeout = 60;
    if (!soap_valid_socket(soap_bind(&soap, "127.0.0.1", 0, 100))) {
        soap_print_fault(&soap, stderr);
        return 1;
    }
    sockaddr_in address;
    socklen_t length = sizeof address;
    getsockname(soap.master, reinterpret_cast<sockaddr *>(&address), &length);
    service = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + PATH;
    printf("%s\n", service.c_str());
    fflush(stdout);
    // Whoever started us holds the other end of standard input: no server outlives its test.
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
