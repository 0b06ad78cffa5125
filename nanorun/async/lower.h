/* SPDX-License-Identifier: MIT */
#ifndef NANORUN_ASYNC_LOWER_H
#define NANORUN_ASYNC_LOWER_H

/*
 * The compiler extensions that nanorun/async.h needs, all in this file: the two
 * lowerings of a resume point (a label's address or a case label) and the type
 * of a call's result, in C and in C++. Nothing here is for users, and nothing
 * here depends on an operating system.
 */

#include "nanorun/async/poll.h"

/* Labels as values are an extension, of which a system header gets no
 * warning. */
#if defined(__GNUC__)
#pragma GCC system_header
#endif

/* ---- resume points ---- */

#if !defined(__GNUC__) && !defined(NR_LOWER_BY_SWITCH)
#define NR_LOWER_BY_SWITCH
#endif

#if !defined(NR_LOWER_BY_SWITCH)

/* A resume point is the distance of its label from nr_top_; a new frame has 0,
 * which is the top. The compiler must not clone the body, because the labels of
 * a clone have other distances. */
#define NR_DISPATCH_()                                                    \
    NR_LABEL_VALUES_QUIET_                                                \
    goto *(void *)((char *)__extension__(&&nr_top_) + self->base.resume); \
    NR_LABEL_VALUES_AS_BEFORE_
#define NR_DISPATCH_END_
#define NR_RESUME_POINT_(id)                                 \
    (int32_t)((char *)__extension__(&&NR_CAT_(nr_at_, id)) - \
              (char *)__extension__(&&nr_top_))
#define NR_RESUME_LABEL_(id) NR_CAT_(nr_at_, id) :
#if defined(__clang__)
#define NR_LABEL_VALUES_QUIET_       \
    _Pragma("clang diagnostic push") \
        _Pragma("clang diagnostic ignored \"-Wgnu-label-as-value\"")
#define NR_LABEL_VALUES_AS_BEFORE_ _Pragma("clang diagnostic pop")
#else
#define NR_LABEL_VALUES_QUIET_
#define NR_LABEL_VALUES_AS_BEFORE_
#endif

#else

/* A resume point is a case of one switch around the body. An AWAIT inside a
 * switch of the user would add its case to that switch. The values do not fit
 * an int, so compilers diagnose this; if that switch is over 64 bits, the
 * default stops the process. */
#define NR_DISPATCH_()                               \
    switch (NR_CASE_((uint32_t)self->base.resume)) { \
    default:                                         \
        nr_lost_resume_point_(&self->base);          \
        goto nr_top_; /* the label's one mention */  \
    case NR_CASE_(0):
#define NR_DISPATCH_END_ }
#define NR_CASE_(id) (UINT64_C(0x4e52000000000000) + (id))
#define NR_RESUME_POINT_(id) (int32_t)((id) + 1)
#define NR_RESUME_LABEL_(id) case NR_CASE_((id) + 1):

#endif

/* NR_ANSWER_(a) -> a as the type that a body returns. In C, GCC only warns of a
 * plain `return;`, so from ASYNC_BEGIN to ASYNC_END that warning is an
 * error. */
#ifdef __cplusplus
#define NR_ANSWER_(answer) (NR_RETURN_IS_SPELLED_ASYNC_RETURN_{answer})
#else
#define NR_ANSWER_(answer) ((struct NR_RETURN_IS_SPELLED_ASYNC_RETURN_){answer})
#endif
#if defined(__GNUC__) && !defined(__clang__) && !defined(__cplusplus)
#define NR_PLAIN_RETURN_REFUSED_   \
    _Pragma("GCC diagnostic push") \
        _Pragma("GCC diagnostic error \"-Wreturn-type\"")
#define NR_PLAIN_RETURN_AS_BEFORE_ _Pragma("GCC diagnostic pop")
#else
#define NR_PLAIN_RETURN_REFUSED_
#define NR_PLAIN_RETURN_AS_BEFORE_
#endif

#if !defined(__GNUC__)
#define NR_NOCLONE_
#elif defined(__clang__)
#define NR_NOCLONE_ __attribute__((noinline))
#elif defined(NR_LOWER_BY_SWITCH) && \
    !(defined(_FORTIFY_SOURCE) && _FORTIFY_SOURCE)
/* With GCC this lowering is the one that checks programs: without optimization
 * GCC reports every plain local that is used across an AWAIT. With it GCC may
 * assume any value for a lost local, and reports nothing. The checks of
 * _FORTIFY_SOURCE need optimization, so with them bodies stay optimized. */
#define NR_NOCLONE_ __attribute__((noinline, noclone, optimize("O0")))
#else
#define NR_NOCLONE_ __attribute__((noinline, noclone))
#endif

#if defined(__GNUC__)
#define NR_MAYBE_UNUSED_ __attribute__((unused))
#define NR_RARELY_(condition) __builtin_expect(!!(condition), 0)
#define NR_NOINLINE_ __attribute__((noinline))
#else
#define NR_MAYBE_UNUSED_
#define NR_RARELY_(condition) (condition)
#define NR_NOINLINE_
#endif

/* Thread-local storage. Not the keyword of C++, which calls a function to
 * access a variable of another file. */
#if defined(__GNUC__)
#define NR_OF_THREAD_ __thread
#elif defined(_MSC_VER)
#define NR_OF_THREAD_ __declspec(thread)
#else
#define NR_OF_THREAD_ _Thread_local
#endif

/* Around a use of a type, which may be volatile or atomic, as that of a
 * result. */
#if defined(__GNUC__)
#define NR_QUALIFIERS_QUIET_       \
    _Pragma("GCC diagnostic push") \
        _Pragma("GCC diagnostic ignored \"-Wignored-qualifiers\"")
#define NR_QUALIFIERS_AS_BEFORE_ _Pragma("GCC diagnostic pop")
#else
#define NR_QUALIFIERS_QUIET_
#define NR_QUALIFIERS_AS_BEFORE_
#endif

/* ---- types ---- */

#ifdef __cplusplus
#define NR_ALIGN_OF_(T) alignof(T)
#define NR_STATIC_ASSERT_ static_assert
#else
#define NR_ALIGN_OF_(T) _Alignof(T)
#define NR_STATIC_ASSERT_ _Static_assert
#endif

/* Refuses a frame type that needs a larger alignment than blocks have. */
#define NR_CHECK_ALIGN_(T)                                               \
    NR_STATIC_ASSERT_(                                                   \
        NR_ALIGN_OF_(T) <= NR_ALIGN_MAX_,                                \
        "the result, parameters and locals of an async function can be " \
        "aligned to 64 bytes at most")

/* Converts the pointer that a call yields to its nr_future, for its consumer. A
 * call that does not yield a future does not compile. */
#ifdef NDEBUG
#define NR_FUTURE_(call) nr_future_of_((call), (__typeof__(&(call)->base))0)
#else
#define NR_FUTURE_(call)          \
    nr_future_consume_(NR_PLACE_, \
                       nr_future_of_((call), (__typeof__(&(call)->base))0))
#endif
static inline nr_future *nr_future_of_(void *future, nr_future *type_check)
{
    (void)type_check;
    return (nr_future *)future;
}

/* The offset and size of a call's result, for code that lacks the type. */
#define NR_RESULT_OFFSET_(call) offsetof(__typeof__(*(call)), result)

#ifdef __cplusplus

/* In C++ an nr_unit has a byte, but a future that comes from C has none for
 * it. */
#define NR_RESULT_SIZE_(call) \
    nr_size_of_<__typeof__(((__typeof__(call))0)->result)>::value
template <class T> struct nr_size_of_ {
    enum : size_t { value = sizeof(T) };
};
template <> struct nr_size_of_<nr_unit> {
    enum : size_t { value = 0 };
};
#if defined(__GNUC__)
#define NR_NO_ROOM_ [[no_unique_address]]
#else
#define NR_NO_ROOM_
#endif

/* Two files may have async functions of the same name with different types. The
 * linker must not merge what templates make of the two. */
#define NR_LOCAL_TYPES_(...) \
    namespace                \
    {                        \
    __VA_ARGS__              \
    }

/* Diagnose fields that need a constructor or a destructor, because a frame is
 * zeroed and freed as plain memory. A class with a reference or a const member
 * has neither an assignment nor a default constructor. A local may lack one of
 * the two, as an atomic does. */
#define NR_CHECK_GIVEN_(T)                                                   \
    static_assert(__is_trivially_copyable(T) && __is_assignable(T &, T &&),  \
                  "the result and the parameters of an async function must " \
                  "be trivially copyable, and neither a reference nor const");
#define NR_CHECK_LOCALS_(T)                                                  \
    static_assert(__is_trivially_copyable(T) &&                              \
                      (__is_constructible(T) || __is_assignable(T &, T &&)), \
                  "the locals of an async function start zeroed: they must " \
                  "be trivially copyable, and neither a reference nor const");
#define NR_CHECK_FRAME_(R, name, params, ...)                     \
    NR_LOCAL_TYPES_(struct name##_given_ NR_FIELDS_(R, params, ); \
                    struct name##_locals_ {                       \
                        char any_;                                \
                        __VA_ARGS__                               \
                    };)                                           \
    NR_CHECK_GIVEN_(name##_given_) NR_CHECK_LOCALS_(name##_locals_)

/* NR_RESULT_TYPE_(void) -> nr_unit, NR_RESULT_TYPE_(T) -> T */
template <class T> struct nr_result_of_ {
    typedef T type;
};
template <> struct nr_result_of_<void> {
    typedef nr_unit type;
};
#define NR_RESULT_TYPE_(R) nr_result_of_<R>::type
#define NR_ZERO_(T) nr_zero_<T>()
template <class T> union nr_storage_ {
    char zero[sizeof(T)];
    T value;
    nr_storage_() : zero()
    {
    }
};
template <class T> inline T nr_zero_()
{
    return nr_storage_<T>().value;
}
#define NR_UNIT_ nr_unit()
#define NR_OUT_(out, call) static_cast<__typeof__(&(call)->result)>(out)

#else

#define NR_RESULT_SIZE_(call) sizeof(((__typeof__(call))0)->result)
#define NR_LOCAL_TYPES_(...) __VA_ARGS__
#define NR_CHECK_GIVEN_(T)
#define NR_CHECK_FRAME_(R, name, params, ...)
#define NR_NO_ROOM_
#define NR_RESULT_TYPE_(R) \
    __typeof__(*_Generic((R *)0, void * : (nr_unit *)0, default : (R *)0))
/* An nr_unit has no member that a 0 could initialize. An empty initializer is
 * fine for an array, but not for an int; hence the array of one. */
#if defined(__GNUC__)
#define NR_ZERO_(T) ((__extension__(__typeof__(T)[1]){})[0])
#else
#define NR_ZERO_(T) ((T){0})
#endif
#define NR_UNIT_ NR_ZERO_(nr_unit)
/* GCC reports an assignment at its operator, which is in a line of this header.
 * The sizeof before it makes GCC report a wrong type at the user's line. */
#if defined(__GNUC__) && !defined(__clang__)
#define NR_CHECK_ASSIGN_(target, value) (void)sizeof(target = value);

/* NR_RETURN_(v) -> self->result = v; because v is the value of a statement
 * expression, GCC reports an uninitialized v at the user's line, too. A v of
 * another type is assigned without one, in which constants would not
 * convert. */
#define NR_RETURN_(...)                                                       \
    NR_CHECK_ASSIGN_(self->result, (__VA_ARGS__))                             \
    NR_ASSIGN_(self->result,                                                  \
               __builtin_choose_expr(__builtin_types_compatible_p(            \
                                         __typeof__(self->result),            \
                                         __typeof__(((void)0, __VA_ARGS__))), \
                                     __extension__({                          \
                                         char nr_block_ = 0;                  \
                                         (void)nr_block_;                     \
                                         __VA_ARGS__;                         \
                                     }),                                      \
                                     (__VA_ARGS__)))
#endif

/* `out`, diagnosed unless it is a pointer to the call's result type. */
#define NR_OUT_(out, call) ((__typeof__(&(call)->result)){out})

#endif

#ifndef NR_RETURN_
#define NR_CHECK_ASSIGN_(target, value)
#define NR_RETURN_(...) NR_ASSIGN_(self->result, (__VA_ARGS__))
#endif

#endif
