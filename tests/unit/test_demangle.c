/*
 * C++ names from the Itanium ABI's own examples and libstdc++; Rust v0 names from RFC 2603;
 * expected texts as `perf report` prints them (no parameters).
 */
#include "symbol/demangle.h"

#include <stdlib.h>

#include "tap.h"
#include "util/alloc.h"

static const struct {
	const char *mangled, *text;
} examples[] = {
	/* C++ */
	{"_Z1fv", "f"},
	{"_ZNKSt6vectorIiSaIiEE4sizeEv", "std::vector<int, std::allocator<int> >::size"},
	{"_ZN4shop5applyIZ4mainEUliE_EElT_i", "shop::apply<main::{lambda(int)#1}>"},
	{"_ZNK4shop4CartIiE3sumERKNSt7__cxx1112basic_stringIcSt11char_traitsIcESaIcEEEi",
	 "shop::Cart<int>::sum"},
	{"_ZN5StackIiiE5levelE", "Stack<int, int>::level"},
	{"_ZlsRKSoRKSs", "operator<<"},
	{"_Znwm", "operator new"},
	{"_ZN4shop4workEv.cold", "shop::work"},
	{"_ZTV3Foo", "vtable for Foo"},
	/* Rust, legacy and v0: without the hash */
	{"_ZN4core3fmt5write17h0123456789abcdefE", "core::fmt::write"},
	{"_ZN71_$LT$Test$u20$$u2b$$u20$$u27$static$u20$as$u20$foo..Bar$LT$Test$GT$$GT$"
	 "3bar17h930b740aa94f1d3aE",
	 "<Test + 'static as foo::Bar<Test>>::bar"},
	{"_RNvNtCs1234_7mycrate3foo3bar", "mycrate::foo::bar"},
	{"_RINvNtC3std3mem8align_ofdE", "std::mem::align_of::<f64>"},
	{"_RNCNCNgCs6DXkGYLi8lr_2cc5spawn00B5_", "cc::spawn::{closure#0}::{closure#0}"},
	/* operators, lambdas, ABI tags, conversions, constructors, parts of functions */
	{"_ZN3FooclEi", "Foo::operator()"},
	{"_ZZ4mainENKUlvE_clEv", "main::{lambda()#1}::operator()"},
	{"_Z1fB5cxx11v", "f[abi:cxx11]"},
	{"_ZN1AcviEv", "A::operator int"},
	{"_ZN1AplERKS_", "A::operator+"},
	{"_ZN3FooC4Ev", "Foo::Foo"},
	{"_ZNSt6vectorIiSaIiEED0Ev", "std::vector<int, std::allocator<int> >::~vector"},
	{"_ZThn8_N1A1fEv", "non-virtual thunk to A::f()"},
	{"_Z1fv.llvm.1234", "f"},
	{"_ZN12_GLOBAL__N_13runEv", "(anonymous namespace)::run"},
	/* D: without parameters; Swift as it is */
	{"_D8demangle4testFaZv", "demangle.test"},
	{"_D8demangle4testMxFaZv", "demangle.test"},
	{"_D8demangle4testPFaZv", "demangle.test"},
	{"_Dmain", "D main"},
	{"$s4main3fooyyF", "$s4main3fooyyF"},
	/* neither */
	{"main", "main"},
	{"", ""},
	{"_Z", "_Z"},
	{"_ZN", "_ZN"},
	{"_R", "_R"},
	{"memcpy@plt", "memcpy@plt"},
	{"Java_com_example_Main", "Java_com_example_Main"},
};

static void test_examples(void)
{
	for (size_t i = 0; i < sizeof(examples) / sizeof(*examples); i++) {
		scoped_free char *text = demangle_name(examples[i].mangled);

		is_str(text, examples[i].text, examples[i].mangled);
	}
}

/* pair<int, int>, a pair of two of these, a pair of two of those, …, by back references. */
static const char exploding_cxx[] =
	"_Z1fISt4pairIiiES_IS0_S0_ES_IS1_S1_ES_IS2_S2_ES_IS3_S3_ES_IS4_S4_ES_IS5_S5_ES_IS"
	"6_S6_ES_IS7_S7_ES_IS8_S8_ES_IS9_S9_ES_ISA_SA_ES_ISB_SB_ES_ISC_SC_ES_ISD_SD_ES_IS"
	"E_SE_ES_ISF_SF_ES_ISG_SG_ES_ISH_SH_ES_ISI_SI_ES_ISJ_SJ_ES_ISK_SK_ES_ISL_SL_ES_IS"
	"M_SM_ES_ISN_SN_ES_ISO_SO_ES_ISP_SP_ES_ISQ_SQ_ES_ISR_SR_ES_ISS_SS_ES_IST_ST_EEvT_";

/* The same of tuples: 30 times twice the text, which is 5 GB. */
static const char exploding_rust[] =
	"_RINvC1a1fTllETB7_B7_ETBb_Bb_ETBj_Bj_ETBr_Br_ETBz_Bz_ETBH_BH_ETBP_BP_ETBX_BX_ETB"
	"15_B15_ETB1d_B1d_ETB1n_B1n_ETB1x_B1x_ETB1H_B1H_ETB1R_B1R_ETB21_B21_ETB2b_B2b_ETB"
	"2l_B2l_ETB2v_B2v_ETB2F_B2F_ETB2P_B2P_ETB2Z_B2Z_ETB39_B39_ETB3j_B3j_ETB3t_B3t_ETB"
	"3D_B3D_ETB3N_B3N_ETB3X_B3X_ETB47_B47_ETB4h_B4h_EE";

/* Back references, each of which may double it. */
static const char exploding_d[] = "_D1a1fFHiHQcQeHQcQeHQcQeHQcQeHQcQeHQcQeHQcQeHQcQeHQcQeHQcQe"
				  "HQcQeHQcQeHQcQeHQcQeHQcQeHQcQeHQcQeHQcQeHQcQeZv";

static void test_explosion(void)
{
	scoped_free char *cxx = demangle_name(exploding_cxx);
	scoped_free char *rust = demangle_name(exploding_rust);

	is_str(cxx, exploding_cxx, "a C++ name that would become megabytes stays as it is");
	is_str(rust, exploding_rust, "and so does one of Rust, without trying for minutes");
	scoped_free char *d = demangle_name(exploding_d);
	is_str(d, exploding_d, "and one of D");
}

static void test_long(void)
{
	scoped_free char *nested = alloc_array(100001, 1);
	scoped_free char *text = NULL;

	memset(nested, 'P', 100000); /* pointer to pointer to … */
	memcpy(nested, "_Z1f", 4);
	text = demangle_name(nested);
	is_str(text, nested, "names of more than 4 KB stay as they are");
	nested[4000] = '\0';
	scoped_free char *deep = demangle_name(nested);
	is_str(deep, nested, "nesting of 4,000 levels does not exhaust the stack");
}

int main(void)
{
	test_examples();
	test_explosion();
	test_long();
	return tap_done();
}
