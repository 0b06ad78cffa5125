/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_ASYNC_MACRO_H
#define NANORUN_ASYNC_MACRO_H

/*
 * Preprocessor helpers of nanorun/async.h: joining, counting, and walking a
 * parameter list of the form ((type, name), (type, name)) or (). Nothing here
 * is for users. MSVC needs its standard preprocessor (/Zc:preprocessor).
 */

#if defined(_MSC_VER) && !defined(__clang__) && \
    (!defined(_MSVC_TRADITIONAL) || _MSVC_TRADITIONAL)
#error "nanorun needs the standard preprocessor: compile with /Zc:preprocessor"
#endif

#define NR_CAT_(a, b) NR_CAT__(a, b)
#define NR_CAT__(a, b) a##b
#define NR_STR_(a) NR_STR__(a)
#define NR_STR__(a) #a
#define NR_STRIP_(...) __VA_ARGS__
#define NR_FIRST_(a, ...) a

/* NR_REST_(a) -> nothing; NR_REST_(a, b, c) -> b, c */
#define NR_REST_(...) \
    NR_CAT_(NR_REST_IF_COMMA_, NR_COMMA_(__VA_ARGS__))(__VA_ARGS__)
#define NR_REST_IF_COMMA_0(a)
#define NR_REST_IF_COMMA_1(a, ...) __VA_ARGS__

/* Assigns where compilers check the types as in any assignment: this header
 * is not marked as a system header, the ones that use it are. */
#define NR_ASSIGN_(target, value) target = value

/* "file.c:12", for the one line that a misuse prints. */
#define NR_PLACE_ __FILE__ ":" NR_STR_(__LINE__)

/* NR_COUNT_(a, b, c) -> 3, for one to eight arguments. */
#define NR_COUNT_(...) NR_NINTH_(__VA_ARGS__, 8, 7, 6, 5, 4, 3, 2, 1, 0)
#define NR_NINTH_(a, b, c, d, e, f, g, h, n, ...) n

/* NR_COMMA_(...) -> 1 where there are 1 to 62 commas outside parentheses, 0
   where there is none. */
#define NR_COMMA_(...)                                                         \
    NR_SIXTY_FOURTH_(__VA_ARGS__, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, \
                     1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,  \
                     1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,  \
                     1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0)
#define NR_SIXTY_FOURTH_(                                                      \
    a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, \
    a17, a18, a19, a20, a21, a22, a23, a24, a25, a26, a27, a28, a29, a30, a31, \
    a32, a33, a34, a35, a36, a37, a38, a39, a40, a41, a42, a43, a44, a45, a46, \
    a47, a48, a49, a50, a51, a52, a53, a54, a55, a56, a57, a58, a59, a60, a61, \
    a62, a63, ...)                                                             \
    a63

/* NR_EMPTY_(...) -> 1 where there are no tokens, else 0: nothing is the only
 * thing that has no comma by itself, nor after a macro name, nor before (),
 * but gets one between the two (Jens Gustedt's ISEMPTY). The zeros beside it
 * are for clang, which where it poses as MSVC overlooks a comma that is all
 * there is of an argument. */
#define NR_EMPTY_(...)                                                      \
    NR_EMPTY__(NR_COMMA_(__VA_ARGS__), NR_COMMA_(NR_TO_COMMA_ __VA_ARGS__), \
               NR_COMMA_(__VA_ARGS__()),                                    \
               NR_COMMA_(NR_TO_COMMA_ __VA_ARGS__()))
#define NR_TO_COMMA_(...) 0, 0
#define NR_EMPTY__(a, b, c, d) NR_COMMA_(NR_CAT_5_(NR_EMPTY_CASE_, a, b, c, d))
#define NR_CAT_5_(a, b, c, d, e) a##b##c##d##e
#define NR_EMPTY_CASE_0001 0, 0

/* NR_EACH_(F, M, ((t, a), (t, b), (t, c))) -> F(t, a) M(t, b) M(t, c);
 * NR_EACH_(F, M, ()) -> nothing. */
#define NR_EACH_(F, M, params) \
    NR_CAT_(NR_EACH_IF_EMPTY_, NR_EMPTY_ params)(F, M, NR_STRIP_ params)
#define NR_EACH_IF_EMPTY_1(F, M, ...)
#define NR_EACH_IF_EMPTY_0(F, M, ...) \
    NR_CAT_(NR_EACH_, NR_COUNT_(__VA_ARGS__))(F, M, __VA_ARGS__)
#define NR_EACH_1(F, M, a) F a
#define NR_EACH_2(F, M, a, b) F a M b
#define NR_EACH_3(F, M, a, b, c) F a M b M c
#define NR_EACH_4(F, M, a, b, c, d) F a M b M c M d
#define NR_EACH_5(F, M, a, b, c, d, e) F a M b M c M d M e
#define NR_EACH_6(F, M, a, b, c, d, e, f) F a M b M c M d M e M f
#define NR_EACH_7(F, M, a, b, c, d, e, f, g) F a M b M c M d M e M f M g
#define NR_EACH_8(F, M, a, b, c, d, e, f, g, h) F a M b M c M d M e M f M g M h

#endif
