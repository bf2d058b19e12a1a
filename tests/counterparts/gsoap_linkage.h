// libgsoap++ calls these in the generated code and wants them with C linkage, which soapcpp2 -c leaves out.
// Comes after stdsoap2.h and before the generated code.
extern "C" {
void *soap_getelement(struct soap *, const char *, int *);
int soap_putelement(struct soap *, const void *, const char *, int, int);
void *soap_dupelement(struct soap *, const void *, int);
void soap_delelement(const void *, int);
void soap_markelement(struct soap *, const void *, int);
}
